//! Programs that run others, and sleep.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Call, run};
use crate::hosts::shell::{Flow, Ran, Shell};

pub(super) async fn sh(call: &Call) -> Ran {
    let mut words = call.arguments().iter();
    let mut letters = String::new();
    let (mut text, mut stdin) = (None, false);
    let mut file = None;
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some("-") => {
                file = words.next();
                break;
            }
            Some(options) if !options.is_empty() && text.is_none() => {
                let (special, plain): (Vec<char>, Vec<char>) =
                    options.chars().partition(|letter| "cs".contains(*letter));
                letters.extend(plain);
                stdin |= special.contains(&'s');
                if special.contains(&'c') {
                    text = words.next().cloned();
                    file = words.next();
                    break;
                }
            }
            Some(_) | None => {
                file = Some(word);
                break;
            }
        }
    }
    let arguments: Vec<String> = words.cloned().collect();
    let name = file.map_or("sh", String::as_str);
    let text = match (text, file) {
        (Some(text), _) => text,
        (None, Some(file)) if !stdin => match call.read(file)? {
            Ok(text) => (*text).clone(),
            Err(_) => {
                call.err(&format!("sh: 0: cannot open {file}: No such file\n"))?;
                return Ok(2);
            }
        },
        (None, Some(_) | None) => call.io.stdin.rest(),
    };
    let mut shell = Shell::new(call.place.clone(), call.io.clone(), call.environment.clone(), &call.directory);
    shell.umask = call.umask;
    shell.called(name, &arguments).options(&letters)?.script(&text).await
}

pub(super) async fn sleep(call: &Call) -> Ran {
    let mut total = Duration::ZERO;
    for word in call.arguments() {
        match duration(word) {
            Some(time) => total += time,
            None => {
                call.complain(&format!("invalid time interval '{word}'"))?;
                return Ok(1);
            }
        }
    }
    call.place.sleep(total).await?;
    Ok(0)
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (text.get(..at)?, 1.0),
        (at, 'm') => (text.get(..at)?, 60.0),
        (at, 'h') => (text.get(..at)?, 3600.0),
        (at, 'd') => (text.get(..at)?, 86400.0),
        _ => (text, 1.0),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

pub(super) async fn timeout(call: &Call) -> Ran {
    let options = call.leading_options(&["k:", "s:", "kill-after:", "signal:", "foreground", "preserve-status"])?;
    let Some((limit, argv)) = options.operands.split_first() else {
        call.complain("missing operand")?;
        return Ok(125);
    };
    let Some(limit) = duration(limit) else {
        call.complain(&format!("invalid time interval '{limit}'"))?;
        return Ok(125);
    };
    let inner = call.of(argv.to_vec());
    let ended = if limit.is_zero() {
        run(&inner).await?
    } else {
        match tokio::time::timeout(limit, Box::pin(run(&inner))).await {
            Ok(ended) => ended?,
            Err(_) => return Ok(124),
        }
    };
    not_found(call, argv, ended)
}

pub(super) async fn env(call: &Call) -> Ran {
    let mut environment: BTreeMap<String, String> = call.environment.clone();
    let mut words = call.arguments();
    while let Some((first, rest)) = words.split_first() {
        match first.split_once('=') {
            Some((name, value)) => environment.insert(name.to_owned(), value.to_owned()),
            None if first.starts_with('-') => return Err(Flow::Unsupported(format!("env {first}"))),
            None => break,
        };
        words = rest;
    }
    if words.is_empty() {
        let lines: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return call.print(&lines.concat());
    }
    let inner = Call { environment, ..call.of(words.to_vec()) };
    let ended = Box::pin(run(&inner)).await?;
    not_found(call, words, ended)
}

fn not_found(call: &Call, argv: &[String], ended: Option<i32>) -> Ran {
    match ended {
        Some(status) => Ok(status),
        None => {
            let name = argv.first().map(String::as_str).unwrap_or_default();
            call.complain(&format!("failed to run command '{name}': No such file or directory"))?;
            Ok(127)
        }
    }
}
