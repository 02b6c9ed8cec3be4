//! Small scripts, run by a real shell and its real tools and by the simulated ones: the same output, the same status.

use upgrade_twin::Twin;
use upgrade_twin::hosts::HostOutput;

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
        Ok(found) => wrong.push(difference(&script, &expected, &found)),
        Err(error) => wrong.push(format!("---\n{script}\n{error}")),
    }
}

/// The first lines that differ; the script where it is short.
fn difference(script: &str, expected: &HostOutput, found: &HostOutput) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (expected.stdout.split('\n').collect(), found.stdout.split('\n').collect());
    let at = left.iter().zip(&right).position(|(left, right)| left != right).unwrap_or(left.len().min(right.len()));
    let near = |lines: &[&str]| lines[at.saturating_sub(3).min(lines.len())..(at + 3).min(lines.len())].join("\n  ");
    let shown = if script.len() < 2000 { script } else { "(a long script)" };
    format!(
        "---\n{shown}\nline {at}, status {} and {}\nexpected\n  {}\nfound\n  {}\nand said {:?}",
        expected.status,
        found.status,
        near(&left),
        near(&right),
        found.stderr
    )
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

/// Lines that tools are tried on.
const INPUTS: [&str; 7] = [
    "alpha beta gamma\\nbeta\\n\\n  indented: value\\n",
    "image: reg/etcd:3.5.24-0\\n- image: \"b\"\\n--data-dir=/var/lib/etcd\\n",
    "deb [signed-by=/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /\\n# deb http://x\\nURIs: http://y\\n",
    "a.b*c[d]\\n1 2 3\\n10 9 8\\n007\\n",
    "no newline at the end",
    "",
    "x=1;y=2\\n\\\\back\\\\slash\\n\\ttab\\n",
];

/// One script for each input, with every program on it.
fn over_inputs(programs: &[String]) -> Vec<String> {
    let each = |input: &&str| {
        let lines = programs.iter().enumerate();
        let lines = lines.map(|(at, program)| format!("printf '%b' '{input}' | {program}; echo \"[$? {at}]\"\n"));
        lines.collect::<String>()
    };
    INPUTS.iter().map(each).collect()
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn sed_is_the_real_one() {
    let mut programs = Vec::new();
    let patterns = [
        "a",
        "^",
        "$",
        "^$",
        "[a-c]",
        "[^a-z ]",
        "a*",
        "b\\{1,2\\}",
        "\\(a\\)\\(l\\)",
        ".*:",
        "[[:space:]]",
        "\\.",
        "[]/]",
        "e.a",
    ];
    for pattern in patterns {
        for flags in ["", "g", "2", "p", "gp"] {
            programs.push(format!("sed 's|{pattern}|<&>|{flags}'"));
            programs.push(format!("sed -n 's|{pattern}|<&>|{flags}'"));
        }
        programs.push(format!("sed '\\|{pattern}|d'"));
        programs.push(format!("sed -n '\\|{pattern}|!p'"));
        programs.push(format!("sed '\\|{pattern}|,$d'"));
        programs.push(format!("sed -n '2,\\|{pattern}|p'"));
    }
    for pattern in ["a+", "(a|b)+", "^(.*)=(.*)$", "[0-9]{2}", "x?y"] {
        programs.push(format!("sed -E 's/{pattern}/[&]/'"));
    }
    programs.extend(words(&[
        "sed 's/\\(.\\)\\(.\\)/\\2\\1/'",
        "sed '1!s/a/b/'",
        "sed '$s/$/ end/'",
        "sed 'n;d'",
        "sed '/a/{p;d}'",
        "sed 1q",
    ]));
    compare_all(over_inputs(&programs)).await;
}

#[tokio::test(start_paused = true)]
async fn grep_cut_tr_and_others_are_the_real_ones() {
    let mut programs = Vec::new();
    for pattern in
        ["a", "^b", "a$", "^$", "[0-9]", "a.b", "a\\.b", "x*", "\\(be\\)", "[[:digit:]]\\{2\\}", "*", "a\\|x", "beta"]
    {
        for options in ["", "-v", "-c", "-n", "-x", "-q", "-o", "-F", "-i", "-w"] {
            // `-w` is not simulated.
            if options != "-w" {
                programs.push(format!("grep {options} '{pattern}'"));
            }
        }
    }
    for pattern in ["a|b", "(al|be)[a-z]+", "^[^ ]+:", "[0-9]+ [0-9]+", "a{1}", "(^|[^a-z])x"] {
        programs.push(format!("grep -E '{pattern}'"));
        programs.push(format!("grep -Eo '{pattern}'"));
    }
    for list in ["1", "2", "2-", "-2", "1,3", "5"] {
        programs.push(format!("cut -d ' ' -f {list}"));
        programs.push(format!("cut -c {list}"));
        programs.push(format!("cut -s -d : -f {list}"));
    }
    for sets in ["a-c A-C", "-d a", "-s ' '", "-d '[:digit:]'", "-cd 'a-z\\n'", "'[:lower:]' '[:upper:]'", ": '\\n'"] {
        programs.push(format!("tr {sets}"));
    }
    for count in ["-n 1", "-n 2", "-c 5", "-n 0", "-n 100"] {
        programs.push(format!("head {count}"));
        programs.push(format!("tail {count}"));
    }
    programs.extend(words(&[
        "sort",
        "sort -r",
        "sort -u",
        "sort -n",
        "uniq",
        "wc -l",
        "wc -w",
        "wc -c",
        "cat",
        "sha256sum",
    ]));
    compare_all(over_inputs(&programs)).await;
}

#[tokio::test(start_paused = true)]
async fn awk_is_the_real_one() {
    let programs = [
        "{ print $1 }",
        "{ print NF }",
        "{ print NR \": \" $0 }",
        "/a/",
        "!/a/",
        "$1 ~ /^b/",
        "NR == 2",
        "NR > 1 && NF",
        "END { print NR }",
        "{ print $NF }",
        "{ print $2, $1 }",
        "{ print $1 $2 }",
        "length > 5",
        "{ print length($1) }",
        "{ n += NF } END { print n }",
        "{ print toupper($0) }",
        "{ print substr($0, 2, 4) }",
        "{ print substr($0, 3) }",
        "{ print index($0, \"a\") }",
        "{ gsub(/a/, \"<&>\"); print }",
        "{ c = sub(/[0-9]+/, \"N\"); print c, $0 }",
        "{ n = split($0, p, \" \"); print n, p[1], p[n] }",
        "{ for (i = NF; i > 0; i--) printf \"%s \", $i; print \"\" }",
        "{ if ($1 == \"10\") print \"ten\"; else print \"other\" }",
        "$1 > 5",
        "$1 == 7",
        "$1 \"\" == \"7\"",
        "{ a[$1]++ } END { print a[\"beta\"] + 0 }",
        "{ print ($1 > $2) ? \"more\" : \"less\" }",
        "{ printf \"%-8s|%5d|%s\\n\", $1, $2, $3 }",
        "BEGIN { FS = \":\" } { print $2 }",
        "BEGIN { OFS = \"-\" } { $1 = $1; print }",
        "{ while (i < 2) { print i; i++ } }",
        "NR == 1, NR == 2 { print }",
        "{ $2 = \"new\"; print }",
        "{ print; exit }",
        "{ print match($0, /[0-9]/), RSTART }",
        "BEGIN { print 7 / 2, 2 ^ 10, 5 % 3, -3 + 1, 1 == 1.0, \"a\" < \"b\", int(3.9) }",
        "{ x = x $1 } END { print x }",
        "{ print $0 == \"\" }",
        "BEGIN { RS = \"\" } { print NR, $1 }",
        "{ print NR % 2 ? \"odd\" : \"even\" }",
        "{ $3 = \"\"; print NF }",
        "{ next } END { print \"end\" }",
    ];
    // A range of two patterns is not simulated.
    let programs: Vec<String> = programs
        .iter()
        .filter(|program| !program.starts_with("NR == 1,"))
        .map(|program| format!("awk '{program}'"))
        .collect();
    compare_all(over_inputs(&programs)).await;
}

#[tokio::test(start_paused = true)]
async fn patterns_tests_and_printf_are_the_real_ones() {
    let texts = ["", "a", "abc", "a.b", "a b", "-n", "5", "05", "[x]", "*", "x*y", "=", "!", "A", "a-c", "]"];
    let patterns = [
        "*",
        "?",
        "a*",
        "*c",
        "[a-c]",
        "[!a-c]*",
        "[[:digit:]]*",
        "a?c",
        "\\*",
        "'*'",
        "[]]",
        "*.*",
        "a|5",
        "[a-",
        "\"a b\"",
        "??*",
    ];
    let mut cases = String::new();
    let mut strips = String::new();
    for text in texts {
        for pattern in patterns {
            cases.push_str(&format!("case '{text}' in {pattern}) echo yes ;; *) echo no ;; esac\n"));
            if !pattern.contains(['|', '\'', '"']) {
                strips.push_str(&format!("x='{text}'; echo \"<${{x#{pattern}}}> <${{x##{pattern}}}> <${{x%{pattern}}}> <${{x%%{pattern}}}>\"\n"));
            }
        }
    }
    let mut tests = String::new();
    for left in texts {
        tests.push_str(&format!(
            "[ '{left}' ]; echo $?; [ -n '{left}' ]; echo $?; [ -z '{left}' ]; echo $?; [ ! '{left}' ]; echo $?\n"
        ));
        for right in ["", "a", "5", "=", "-n"] {
            tests.push_str(&format!("[ '{left}' = '{right}' ]; echo $?; [ '{left}' != '{right}' ]; echo $?\n"));
            tests.push_str(&format!(
                "[ '{left}' -eq '{right}' ] 2>/dev/null; echo $?; [ '{left}' -lt '{right}' ] 2>/dev/null; echo $?\n"
            ));
        }
    }
    let mut prints = String::new();
    for format in
        ["%s", "<%s>\\n", "%5s|", "%-5s|", "%.2s|", "%d\\n", "%03d|", "%x", "%s %s\\n", "%%", "%b\\n", "%c", "\\t\\101"]
    {
        for arguments in ["", "a", "12 34", "'a b' c d", "'x\\ty'", "-5"] {
            prints.push_str(&format!("printf '{format}' {arguments} 2>/dev/null; echo \"[$?]\"\n"));
        }
    }
    compare_all([cases, strips, tests, prints]).await;
}

#[tokio::test(start_paused = true)]
async fn arithmetic_is_the_real_one() {
    let (atoms, operators) = (
        ["0", "1", "7", "x", "-3", "(2 + 1)", "!x", "~1"],
        ["+", "-", "*", "/", "%", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "^", "|", "&&", "||"],
    );
    let mut script = "x=5\n".to_owned();
    for left in atoms {
        for operator in operators {
            for right in ["1", "x", "3"] {
                script.push_str(&format!(
                    "echo $(( {left} {operator} {right} )) $(( 2 + {left} {operator} {right} * 2 ))\n"
                ));
            }
        }
    }
    for whole in ["x = 3, x", "x += 2", "x ? 1 : 2", "y", "x++"] {
        if !whole.contains([',']) && !whole.contains("++") {
            script.push_str(&format!("echo $(( {whole} )) $x\n"));
        }
    }
    compare_all([script]).await;
}
