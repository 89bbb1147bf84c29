//! A second evaluator, written from the rules alone: it reads the JSON anew for every request, and takes the longest
//! and plainest way wherever there is a choice.

use std::net::IpAddr;

use serde_json::Value;

use crate::generate::{Case, Grant, Kind, Policies};

/// Whether the request is allowed.
pub(crate) fn is_allowed(policies: &Policies, case: &Case) -> bool {
    let is_owner = case.caller.account == case.owner || case.caller.kind == Kind::Service;
    if !is_owner && !case.works_across_accounts {
        return false;
    }
    let key = Asked::new(case, true);
    let own = Asked::new(case, false);
    let boundary: Vec<Value> = policies.boundary.iter().cloned().collect();
    let all_of_caller = [&policies.identity, &boundary, &policies.session];
    let is_denied = key.some_statement(&policies.key, "Deny").is_some()
        || all_of_caller
            .iter()
            .flat_map(|list| list.iter())
            .any(|policy| own.some_statement(policy, "Deny").is_some());
    if is_denied {
        return false;
    }
    let any_allows = |list: &[Value]| {
        list.iter()
            .any(|policy| own.some_statement(policy, "Allow").is_some())
    };
    let identity = case.caller.kind == Kind::Root || any_allows(&policies.identity);
    let ceilings = (boundary.is_empty() || any_allows(&boundary))
        && (policies.session.is_empty() || any_allows(&policies.session));
    let named = key.some_statement(&policies.key, "Allow");
    if is_owner && named == Some(Named::Session) {
        return true;
    }
    let by_policy = match named {
        Some(Named::Account) => identity,
        Some(Named::Itself | Named::Session) => is_owner || identity,
        None => false,
    };
    let by_grant = policies
        .grants
        .iter()
        .any(|grant| grant_allows(grant, case, identity));
    ceilings && (by_policy || by_grant)
}

/// How a statement names the caller; later ones are closer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Account,
    Itself,
    Session,
}

fn grant_allows(grant: &Grant, case: &Case, identity: bool) -> bool {
    let caller = &case.caller;
    let is_for_account = grant.grantee == format!("arn:aws:iam::{}:root", caller.account);
    let is_for_caller = grant.grantee == caller.arn || grant.grantee == caller.role;
    let is_context_met = case.action == "kms:DescribeKey"
        || ((grant.equals.is_empty() || sorted(&grant.equals) == sorted(&case.context))
            && grant.subset.iter().all(|pair| case.context.contains(pair)));
    grant
        .operations
        .iter()
        .any(|operation| format!("kms:{operation}") == case.action)
        && is_context_met
        && (is_for_caller || (is_for_account && identity))
}

fn sorted(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let mut pairs = pairs.to_vec();
    pairs.sort();
    pairs
}

/// A request put to one policy.
struct Asked<'a> {
    case: &'a Case,
    is_key_policy: bool,
}

impl<'a> Asked<'a> {
    fn new(case: &'a Case, is_key_policy: bool) -> Self {
        Self {
            case,
            is_key_policy,
        }
    }

    /// How the statements of this effect that apply name the caller at their closest.
    fn some_statement(&self, policy: &Value, effect: &str) -> Option<Named> {
        let variables = policy["Version"] == "2012-10-17";
        let statements = list(&policy["Statement"]);
        let of_effect = statements
            .iter()
            .filter(|statement| statement["Effect"] == effect);
        of_effect
            .filter_map(|statement| self.applies(statement, variables))
            .max()
    }

    fn applies(&self, statement: &Value, variables: bool) -> Option<Named> {
        let is_deny = statement["Effect"] == "Deny";
        let named = self.names(statement)?;
        let action = self.case.action.to_lowercase();
        let matches_action = |texts: &Value| {
            list(texts)
                .iter()
                .any(|text| glob(&text_of(text).to_lowercase(), &action))
        };
        let is_action = if statement["Action"].is_null() {
            !statement["NotAction"].is_null() && !matches_action(&statement["NotAction"])
        } else {
            matches_action(&statement["Action"])
        };
        let resource = |texts: &Value, if_unknown: bool| {
            list(texts).iter().any(|text| {
                self.arn_like(&text_of(text), &self.case.resource, variables)
                    .unwrap_or(if_unknown)
            })
        };
        let is_resource = if statement["Resource"].is_null() {
            !statement["NotResource"].is_null() && !resource(&statement["NotResource"], !is_deny)
        } else {
            resource(&statement["Resource"], false)
        };
        let empty = serde_json::Map::new();
        let conditions = statement["Condition"].as_object().unwrap_or(&empty);
        let are_met = conditions.iter().all(|(operator, keys)| {
            keys.as_object()
                .expect("keys of an operator")
                .iter()
                .all(|(key, values)| self.is_met(operator, key, values, is_deny, variables))
        });
        (is_action && is_resource && are_met).then_some(named)
    }

    fn names(&self, statement: &Value) -> Option<Named> {
        if !self.is_key_policy {
            return Some(Named::Itself);
        }
        if !statement["NotPrincipal"].is_null() {
            let is_excepted = principals(&statement["NotPrincipal"])
                .iter()
                .any(|(kind, name)| self.is_named(kind, name) > Some(Named::Account));
            return (!is_excepted).then_some(Named::Itself);
        }
        principals(&statement["Principal"])
            .iter()
            .filter_map(|(kind, name)| self.is_named(kind, name))
            .max()
    }

    fn is_named(&self, kind: &str, name: &str) -> Option<Named> {
        let caller = &self.case.caller;
        if name == "*" {
            return Some(Named::Itself);
        }
        if kind == "Service" {
            return (caller.kind == Kind::Service && caller.arn == name).then_some(Named::Itself);
        }
        if kind != "AWS" || caller.kind == Kind::Service {
            return None;
        }
        if name == caller.account || name == format!("arn:aws:iam::{}:root", caller.account) {
            return Some(if caller.kind == Kind::Root {
                Named::Itself
            } else {
                Named::Account
            });
        }
        if name == caller.role {
            return Some(Named::Itself);
        }
        (name == caller.arn).then_some(match caller.kind {
            Kind::Session | Kind::Federated => Named::Session,
            Kind::Root | Kind::User | Kind::Service => Named::Itself,
        })
    }

    fn is_met(
        &self,
        operator: &str,
        key: &str,
        values: &Value,
        is_deny: bool,
        variables: bool,
    ) -> bool {
        let lower = key.to_lowercase();
        let is_known = crate::generate::is_known(&lower)
            && !(self.is_key_policy && lower == "kms:resourcealiases");
        if !is_known {
            return is_deny;
        }
        let here = self.values(&lower);
        let (set, name) = operator
            .split_once(':')
            .map_or((None, operator), |(set, name)| (Some(set), name));
        if name == "Null" {
            return list(values)
                .iter()
                .any(|value| text_of(value).eq_ignore_ascii_case(&here.is_empty().to_string()));
        }
        let if_exists = name.ends_with("IfExists");
        let name = name.strip_suffix("IfExists").unwrap_or(name);
        let is_negated = name.contains("Not");
        if here.is_empty() {
            return if_exists || set == Some("ForAllValues") || (set.is_none() && is_negated);
        }
        let of_one = |value: &String| {
            let results: Vec<Option<bool>> = list(values)
                .iter()
                .map(|wanted| self.compare(name, &text_of(wanted), value, variables))
                .collect();
            if is_negated {
                !results.contains(&Some(true)) && (is_deny || !results.contains(&None))
            } else {
                results.contains(&Some(true))
            }
        };
        let is_all = match set {
            Some("ForAllValues") => true,
            Some(_) => false,
            None => is_negated,
        };
        if is_all {
            here.iter().all(of_one)
        } else {
            here.iter().any(of_one)
        }
    }

    /// Whether the value stands to the wanted one as the operator says, its negation left out.
    fn compare(&self, operator: &str, wanted: &str, value: &str, variables: bool) -> Option<bool> {
        let operator = operator.replace("Not", "");
        let expand = || {
            if variables {
                self.expand(wanted)
            } else {
                Some(wanted.to_owned())
            }
        };
        match operator.as_str() {
            "StringEquals" => Some(without_marks(&expand()?) == value),
            "StringEqualsIgnoreCase" => {
                Some(without_marks(&expand()?).to_lowercase() == value.to_lowercase())
            }
            "StringLike" => Some(glob(&expand()?, value)),
            "ArnEquals" | "ArnLike" => {
                if wanted != "*" && wanted.split(':').count() < 6 {
                    return None;
                }
                self.arn_like(wanted, value, variables)
            }
            "Bool" => match value.to_lowercase().as_str() {
                "true" | "false" => Some(value.eq_ignore_ascii_case(wanted)),
                _ => None,
            },
            "BinaryEquals" => Some(wanted == value),
            "IpAddress" => in_range(wanted, value),
            _ if operator.starts_with("Numeric") => {
                Some(order(&operator[7..], number(value)?, number(wanted)?))
            }
            _ if operator.starts_with("Date") => {
                Some(order(&operator[4..], moment(value)?, moment(wanted)?))
            }
            _ => panic!("no such operator: {operator}"),
        }
    }

    /// Part by part; unknown only if every part that can be known agrees.
    fn arn_like(&self, pattern: &str, arn: &str, variables: bool) -> Option<bool> {
        if pattern == "*" {
            return Some(true);
        }
        // A colon inside a variable is not one between parts.
        let protected = pattern
            .replace("${aws:", "${aws;")
            .replace("${kms:", "${kms;");
        let patterns: Vec<&str> = protected.splitn(6, ':').collect();
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if parts.len() != 6 {
            return Some(false);
        }
        let results: Vec<Option<bool>> = patterns
            .iter()
            .zip(parts)
            .map(|(pattern, part)| {
                let pattern = pattern
                    .replace("${aws;", "${aws:")
                    .replace("${kms;", "${kms:");
                let pattern = if variables {
                    self.expand(&pattern)?
                } else {
                    pattern
                };
                Some(glob(&pattern, part))
            })
            .collect();
        if results.contains(&Some(false)) {
            Some(false)
        } else if results.contains(&None) {
            None
        } else {
            Some(true)
        }
    }

    /// Variables replaced, and wildcards in what replaces them marked as plain characters.
    fn expand(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let end = start + rest[start..].find('}').expect("a variable ends");
            let name = &rest[start + 2..end];
            rest = &rest[end + 1..];
            let (name, default) = name
                .split_once(',')
                .map_or((name, None), |(name, default)| (name, Some(default)));
            let value = if ["*", "?", "$"].contains(&name) {
                name.to_owned()
            } else {
                match self.values(&name.trim().to_lowercase()).as_slice() {
                    [value] => value.clone(),
                    [] => default?.trim().trim_matches('\'').to_owned(),
                    _ => return None,
                }
            };
            out.push_str(&value.replace('*', "\u{e000}").replace('?', "\u{e001}"));
        }
        out.push_str(rest);
        Some(out)
    }

    fn values(&self, key_in_lower_case: &str) -> Vec<String> {
        let of_key = self
            .case
            .keys
            .iter()
            .filter(|(name, _)| name.to_lowercase() == key_in_lower_case);
        of_key.flat_map(|(_, values)| values.clone()).collect()
    }
}

fn without_marks(text: &str) -> String {
    text.replace('\u{e000}', "*").replace('\u{e001}', "?")
}

fn glob(pattern: &str, text: &str) -> bool {
    fn matches(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
            Some(('?', rest)) => !text.is_empty() && matches(rest, &text[1..]),
            Some((one, rest)) => text.first() == Some(one) && matches(rest, &text[1..]),
        }
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let marked = text.replace('*', "\u{e000}").replace('?', "\u{e001}");
    let text: Vec<char> = marked.chars().collect();
    matches(&pattern, &text)
}

fn list(value: &Value) -> Vec<Value> {
    value
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![value.clone()])
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn principals(element: &Value) -> Vec<(String, String)> {
    match element {
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| {
                list(names)
                    .into_iter()
                    .map(move |name| (kind.clone(), text_of(&name)))
            })
            .collect(),
        everyone => vec![("AWS".to_owned(), text_of(everyone))],
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn moment(text: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "moments of this century fit")]
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_millisecond() as f64 / 1000.0);
    }
    text.parse().ok()
}

#[expect(clippy::float_cmp, reason = "the numbers are small and whole")]
fn order(relation: &str, value: f64, wanted: f64) -> bool {
    match relation {
        "Equals" => value == wanted,
        "LessThan" => value < wanted,
        "LessThanEquals" => value <= wanted,
        "GreaterThan" => value > wanted,
        "GreaterThanEquals" => value >= wanted,
        _ => panic!("no such relation: {relation}"),
    }
}

fn in_range(range: &str, address: &str) -> Option<bool> {
    fn bits(address: IpAddr) -> Vec<bool> {
        let bytes = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let bits = bytes
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        bits.collect()
    }
    let address: IpAddr = address.parse().ok()?;
    let (network, prefix) = range
        .split_once('/')
        .map_or((range, None), |(network, prefix)| (network, Some(prefix)));
    let network = bits(network.parse().expect("an address"));
    let prefix = prefix.map_or(network.len(), |prefix| {
        prefix.parse().expect("a number of bits")
    });
    let address = bits(address);
    Some(address.len() == network.len() && address[..prefix] == network[..prefix])
}
