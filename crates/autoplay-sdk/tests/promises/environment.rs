//! What the environment decides: the URL and the token, if none is given, and the proxy.

use std::process::Command;

use autoplay_sdk::ConnectorClient;
use autoplay_testkit::{FaultServer, Script};

const URL: &str = "AUTOPLAY_STREAM_URL";
const TOKEN: &str = "AUTOPLAY_APP_UNKEY_TOKEN";

/// What the other tests run in a process with an environment of its own.
#[test]
#[ignore = "has a meaning only in the environment that another test gives it"]
fn report_what_the_environment_gives() {
    let client = match std::env::var("TEST_STREAM_URL") {
        Ok(url) if url.is_empty() => ConnectorClient::from_env(),
        Ok(url) => ConnectorClient::new(&url, ""),
        Err(_) => return,
    };
    match client {
        Ok(client) => client.run().unwrap(),
        Err(error) => println!("refused: {error}"),
    }
}

fn no_content() -> FaultServer {
    FaultServer::start([]).then_always(Script::new().read_request().head(204, &[]))
}

#[test]
fn the_token_comes_from_the_environment_if_none_is_given() {
    for (token, expected) in
        [(Some("uk_live_env"), Some("Bearer uk_live_env")), (Some(""), None), (None, None)]
    {
        let server = no_content();
        let variables: Vec<_> = token.map(|token| (TOKEN, token)).into_iter().collect();
        let output = in_environment(&server.url("/s"), &variables);
        assert!(output.contains("1 passed"), "{output}");
        assert_eq!(server.requests()[0].header("authorization"), expected);
    }
}

#[test]
fn a_token_of_the_environment_is_checked_as_well_and_not_shown() {
    let output = in_environment("http://127.0.0.1:1/s", &[(TOKEN, "hunter2\n")]);
    assert!(output.contains("refused: token") && output.contains("AUTOPLAY_APP_UNKEY_TOKEN"), "{output}");
    assert!(!output.contains("hunter2"), "{output}");
}

#[test]
fn url_and_token_come_from_the_environment() {
    let server = no_content();
    let output = in_environment("", &[(URL, &server.url("/stream/env")), (TOKEN, "uk_live_env")]);
    assert!(output.contains("1 passed"), "{output}");
    let requests = server.requests();
    assert_eq!(requests[0].path, "/stream/env");
    assert_eq!(requests[0].header("authorization"), Some("Bearer uk_live_env"));
}

#[test]
fn without_a_url_in_the_environment_the_error_says_which_variable_to_set() {
    for variables in [&[][..], &[(URL, "")]] {
        let output = in_environment("", variables);
        assert!(output.contains("refused: url: ") && output.contains(URL), "{output}");
    }
    let output = in_environment("", &[(URL, "ftp://h/s")]);
    assert!(output.contains("refused: url: must begin with http"), "{output}");
}

#[test]
fn the_proxy_variables_are_respected() {
    let proxy = no_content();
    let output = in_environment("http://example.invalid/s?x=1", &[("http_proxy", &proxy.url("/"))]);
    assert!(output.contains("1 passed"), "{output}");
    assert_eq!(proxy.requests()[0].path, "http://example.invalid/s?x=1");

    let (server, proxy) = (no_content(), no_content());
    let variables = [("http_proxy", proxy.url("/")), ("no_proxy", "127.0.0.1".to_owned())];
    let output =
        in_environment(&server.url("/s"), &variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    assert!(output.contains("1 passed"), "{output}");
    assert_eq!((server.accepted(), proxy.accepted()), (1, 0));
}

fn in_environment(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "environment::report_what_the_environment_gives"]);
    for name in [URL, TOKEN, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    command.env("TEST_STREAM_URL", url).envs(variables.iter().copied());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}
