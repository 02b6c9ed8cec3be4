//! Small scripts, run by a real shell and its real tools and by the simulated ones: the same output, the same status.

use upgrade_twin::Twin;

use crate::support::{blueprint, is_dash, real, start};

/// Both run it in an empty directory of the same name.
async fn compare(twin: &Twin, script: &str, wrong: &mut Vec<String>) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().display();
    let script = format!("cd {path} || exit 99\n{script}");
    let expected = real(&script);
    twin.shell("w1", &format!("mkdir -p {path}")).await.unwrap();
    match twin.shell("w1", &script).await {
        Ok(found) if (found.status, &found.stdout) == (expected.status, &expected.stdout) => {
            let _ = twin.shell("w1", &format!("rm -rf {path}")).await;
        }
        found => wrong.push(format!("---\n{script}\nexpected {expected:?}\nfound    {found:?}")),
    }
}

async fn compare_all(scripts: impl IntoIterator<Item = String>) {
    if !is_dash() {
        eprintln!("skipped: sh is not dash on this machine");
        return;
    }
    let twin = start(&blueprint("1.33.13"));
    let (mut wrong, mut count) = (Vec::new(), 0);
    for script in scripts {
        compare(&twin, &script, &mut wrong).await;
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn the_shell_is_dash() {
    compare_all(include_str!("cases/shell.txt").split("\n====\n").map(str::to_owned)).await;
}

#[tokio::test(start_paused = true)]
async fn text_tools_are_the_real_ones() {
    compare_all(include_str!("cases/tools.txt").split("\n====\n").map(str::to_owned)).await;
}

/// Every expansion with every value, quoted and not.
#[tokio::test(start_paused = true)]
async fn parameters_expand_alike() {
    let values = ["unset x", "x=", "x='a b'", "x='/a/b/c.tar.gz'", "x='*'", "x='  a  b '", "x='a\\b'", "x='it'\\''s'"];
    let forms = [
        "$x",
        "${x}",
        "${x:-d e}",
        "${x-d e}",
        "${x:+o p}",
        "${x+o p}",
        "${x:=d}",
        "${#x}",
        "${x#*/}",
        "${x##*/}",
        "${x%.*}",
        "${x%%.*}",
        "${x:-\"q r\"}",
        "${x:-$y}",
        "a${x}b",
        "${x#a}",
        "${x:-'s t'}",
        "${x%\"$y\"}",
    ];
    let mut scripts = Vec::new();
    for value in values {
        // One script for each value: a process for each pair would take long.
        let mut script = "y=z\nshow() { printf '<%s>' \"$#\" \"$@\"; echo; }\n".to_owned();
        for form in forms {
            script.push_str(&format!(
                "( {value}; show {form} )\n( {value}; show \"{form}\" )\n( {value}; v={form}; show \"$v\" )\n"
            ));
        }
        scripts.push(script);
    }
    compare_all(scripts).await;
}

/// `set -e` in every place where a command may fail.
#[tokio::test(start_paused = true)]
async fn failures_end_scripts_alike() {
    let failing = [
        "false",
        "( false )",
        "f",
        "{ false; }",
        "x=$(false)",
        "echo a | false",
        "! true",
        "test -z a",
        "nothing_of_this_name 2>/dev/null",
    ];
    let places = [
        "@",
        "@ && echo and",
        "@ || echo or",
        "if @; then echo yes; else echo no; fi",
        "while @; do break; done",
        "! { @; }",
        "( @; echo in )",
        "{ @; echo in; }",
        "g() { @; echo in; }; g",
        "g() { @; echo in; }; g || echo or",
        "y=$( @; echo in); echo \"$y\"",
        "echo $( @; echo in)",
        "for i in 1 2; do @; done",
        "case x in x) @ ;; esac",
        "@ | cat",
        "true && @",
        "if true; then @; fi",
        "until ! { @; }; do break; done",
    ];
    let mut scripts = Vec::new();
    for options in ["set -e", "set -eu", ":"] {
        for place in places {
            let mut script = String::new();
            for command in failing {
                let body = place.replace('@', command);
                script.push_str(&format!(
                    "( {options}\nf() {{ return 3; }}\n{body}\necho after $? ); echo \"status $?\"\n"
                ));
            }
            scripts.push(script);
        }
    }
    compare_all(scripts).await;
}
