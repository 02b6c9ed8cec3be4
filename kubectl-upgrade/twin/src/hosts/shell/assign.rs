//! Variables and parameters.

use super::{Flow, Ran, Shell, Variable};

impl Shell {
    /// A variable's value.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        match self.variables.get_mut(name) {
            Some(variable) => variable.value = value,
            None => {
                self.variables.insert(name.to_owned(), Variable { value, exported: false });
            }
        }
    }

    pub(super) fn export(&mut self, name: &str, value: Option<String>) {
        let variable = self.variables.entry(name.to_owned());
        let variable = variable.or_insert_with(|| Variable { value: String::new(), exported: true });
        variable.exported = true;
        if let Some(value) = value {
            variable.value = value;
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// A parameter's value; none where it is not set.
    pub(super) fn parameter(&self, name: &str) -> Ran<Option<String>> {
        let value = match name {
            "@" | "*" if self.positional.is_empty() => None,
            "@" | "*" => Some(self.positional.join(&self.separator())),
            "#" => Some(self.positional.len().to_string()),
            "?" => Some(self.status.to_string()),
            "$" => Some("1000".to_owned()),
            "-" => Some(format!("{}{}", if self.errexit { "e" } else { "" }, if self.nounset { "u" } else { "" })),
            "0" => Some(self.name.clone()),
            "!" => return Err(Flow::Unsupported("$!".to_owned())),
            name => match name.parse::<usize>() {
                Ok(number) => self.positional.get(number.wrapping_sub(1)).cloned(),
                Err(_) => self.variable(name).map(str::to_owned),
            },
        };
        Ok(value)
    }

    /// What `"$*"` puts between parameters: the first of IFS.
    pub(super) fn separator(&self) -> String {
        match self.variable("IFS") {
            None => " ".to_owned(),
            Some(ifs) => ifs.chars().take(1).collect(),
        }
    }
}
