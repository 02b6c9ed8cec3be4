use super::*;

const SERVER: &str = "https://0A1B2C3D4E5F60718293A4B5C6D7E8F9.gr7.eu-west-1.eks.amazonaws.com";
const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/shop";

fn exec(command: &str, args: &[&str], env: &[(&str, &str)]) -> Option<Login> {
    Some(Login {
        command: command.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    })
}

fn entry(cluster: &str, exec: Option<Login>) -> Entry {
    Entry { server: SERVER.to_owned(), context: "work".to_owned(), cluster: cluster.to_owned(), login: exec }
}

fn found(entry: &Entry) -> (Option<String>, String, String, Option<String>) {
    let names = names(entry, &GivenNames::default()).unwrap();
    (names.account, names.region, names.cluster, names.profile)
}

fn is(
    account: Option<&str>,
    region: &str,
    cluster: &str,
    profile: Option<&str>,
) -> (Option<String>, String, String, Option<String>) {
    (account.map(str::to_owned), region.to_owned(), cluster.to_owned(), profile.map(str::to_owned))
}

#[test]
fn an_entry_of_the_aws_command_tells_all() {
    let args = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "shop", "--output", "json"];
    let entry = entry(ARN, exec("aws", &args, &[("AWS_PROFILE", "work")]));
    assert_eq!(found(&entry), is(Some("111122223333"), "eu-west-1", "shop", Some("work")));
}

#[test]
fn each_place_tells_what_it_knows() {
    let authenticator =
        exec("/usr/local/bin/aws-iam-authenticator", &["token", "-i", "shop", "-r", "arn:aws:iam::1:role/up"], &[]);
    let entry_of = entry("kubernetes", authenticator);
    assert_eq!(found(&entry_of), is(None, "eu-west-1", "shop", None));
    assert_eq!(names(&entry_of, &GivenNames::default()).unwrap().role.as_deref(), Some("arn:aws:iam::1:role/up"));
    assert_eq!(found(&entry("shop.eu-central-1.eksctl.io", None)), is(None, "eu-central-1", "shop", None));
    let gov = "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/shop";
    assert_eq!(found(&entry(gov, None)), is(Some("111122223333"), "us-gov-west-1", "shop", None));
    let equals = exec("aws.exe", &["eks", "get-token", "--cluster-name=shop"], &[("AWS_REGION", "eu-north-1")]);
    assert_eq!(found(&entry("any", equals)), is(None, "eu-north-1", "shop", None));
}

#[test]
fn an_entry_named_after_another_cluster_does_not_lend_it_its_account() {
    let entry = entry(ARN, exec("aws", &["eks", "get-token", "--cluster-name", "other"], &[]));
    assert_eq!(found(&entry), is(None, "eu-west-1", "other", None), "the region comes from the address");
}

#[test]
fn flags_win_and_must_be_names() {
    let given = |account: &str, region: &str, cluster: &str| GivenNames {
        account: Some(account.to_owned()),
        region: Some(region.to_owned()),
        cluster: Some(cluster.to_owned()),
        group: None,
    };
    let won = names(&entry(ARN, None), &given("444455556666", "us-east-1", "other")).unwrap();
    assert_eq!(
        (won.account.as_deref(), won.region.as_str(), won.cluster.as_str()),
        (Some("444455556666"), "us-east-1", "other")
    );
    for (bad, name) in [
        (given("12", "us-east-1", "other"), Name::Account),
        (given("444455556666", "us/east", "other"), Name::Region),
        (given("444455556666", "us-east-1", "../other"), Name::Cluster),
    ] {
        let error = names(&entry(ARN, None), &bad).unwrap_err();
        assert!(matches!(&error, NameError::Invalid { name: found, .. } if *found == name), "{error}");
        assert!(error.hint().contains("--cloud-"), "{error}");
    }
}

#[test]
fn what_nothing_names_is_asked_for() {
    let error = names(&entry("any", None), &GivenNames::default()).unwrap_err();
    assert_eq!(error, NameError::Missing { name: Name::Cluster, server: SERVER.to_owned() });
    let elsewhere = Entry { server: "https://10.0.0.1:6443".to_owned(), ..Entry::default() };
    let error = names(&elsewhere, &GivenNames::default()).unwrap_err();
    assert_eq!(error.hint(), "name it: --cloud-region eu-west-1");
    assert_eq!(region_of_server("https://X.yl4.cn-north-1.eks.amazonaws.com.cn:443/").as_deref(), Some("cn-north-1"));
    assert_eq!(region_of_server("https://eks.amazonaws.com.example.org"), None);
}
