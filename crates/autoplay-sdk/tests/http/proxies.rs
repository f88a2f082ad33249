//! Proxies: given as an argument or by the usual variables.

use std::process::Command;

use autoplay_testkit::{FaultServer, HttpProxy, Script, TlsFront};

use crate::support::{batches, quick, sessions_of};
use crate::trust::Trust;

/// `user:pass%40word` in base64, with the escape resolved.
const BASIC: &str = "Basic dXNlcjpwYXNzQHdvcmQ=";
const CREDENTIALS: &str = "user:pass%40word";

const VARIABLES: [&str; 8] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

fn one_event() -> FaultServer {
    FaultServer::start([Script::sse().send(batches(1, 1))])
        .then_always(Script::new().read_request().head(204, &[]))
}

/// Runs to the end, as the others do in a process with an environment of its own.
#[test]
#[ignore = "has a meaning only in the environment that another test gives it"]
fn report_what_comes() {
    let Ok(url) = std::env::var("TEST_STREAM_URL") else { return };
    let mut builder = quick(&url).max_retries(0);
    if let Ok(path) = std::env::var("TEST_CA_FILE") {
        builder = builder.ca_file(path);
    }
    let client = builder.build().unwrap();
    let seen = sessions_of(&client);
    match client.run() {
        Ok(()) => println!("came: {:?}", seen.rest()),
        Err(error) => println!("failed: {error}"),
    }
}

fn in_environment(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "proxies::report_what_comes"]);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.env("TEST_STREAM_URL", url).envs(variables.iter().copied());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn http_is_asked_for_by_absolute_url() {
    let server = one_event();
    let proxy = HttpProxy::start(server.addr());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        let server = one_event();
        let proxy = HttpProxy::start(server.addr());
        // The name is the proxy's to look up.
        let output = in_environment("http://stream.invalid/s?x=1", &[(name, &proxy.url(None))]);
        assert!(output.contains("came: [1]"), "{name}: {output}");
        let asked = &proxy.requests()[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "http://stream.invalid/s?x=1"));
        assert_eq!(server.requests()[0].header("authorization"), Some("Bearer uk_live_secret"));
    }
    let client = quick("http://stream.invalid/s").proxy(proxy.url(None)).build().unwrap();
    let seen = sessions_of(&client);
    client.run().unwrap();
    assert_eq!(seen.rest(), [1]);
    assert_eq!(server.requests()[1].header("last-event-id"), Some("1"));
}

#[test]
fn https_goes_through_a_tunnel_that_shows_nothing_to_the_proxy() {
    let trust = Trust::new();
    for (name, http2) in [("https_proxy", true), ("HTTPS_PROXY", false), ("all_proxy", true)] {
        let server = one_event();
        let certificate = trust.authority.issue("stream.invalid");
        let front = if http2 { TlsFront::http2 } else { TlsFront::http1 };
        let front = front(server.addr(), certificate);
        let proxy = HttpProxy::start(front.addr());
        let file = trust.path().to_str().unwrap();
        let output =
            in_environment("https://stream.invalid/s", &[(name, &proxy.url(None)), ("TEST_CA_FILE", file)]);
        assert!(output.contains("came: [1]"), "{name}: {output}");
        let asked = &proxy.requests()[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("CONNECT", "stream.invalid:443"));
        assert!(asked.headers.iter().all(|(_, value)| !value.contains("uk_live_secret")), "{asked:?}");
        assert_eq!(server.requests()[0].header("authorization"), Some("Bearer uk_live_secret"));
    }
}

#[test]
fn the_certificate_behind_a_proxy_is_verified_all_the_same() {
    let trust = Trust::new();
    let server = one_event();
    let front = TlsFront::http1(server.addr(), Trust::new().authority.issue("stream.invalid"));
    let proxy = HttpProxy::start(front.addr());
    let builder = quick("https://stream.invalid/s").proxy(proxy.url(None)).ca_file(trust.path());
    let error = builder.max_retries(0).build().unwrap().run().unwrap_err();
    assert!(error.to_string().contains("ca_file"), "{error}");
    assert_eq!(server.accepted(), 0);
}

#[test]
fn credentials_go_to_the_proxy_and_not_beyond() {
    let trust = Trust::new();
    let file = trust.path().to_str().unwrap();
    let server = one_event();
    let proxy = HttpProxy::start(server.addr()).requiring(BASIC);
    let output = in_environment("http://stream.invalid/s", &[("http_proxy", &proxy.url(Some(CREDENTIALS)))]);
    assert!(output.contains("came: [1]"), "{output}");
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);

    let server = one_event();
    let front = TlsFront::http1(server.addr(), trust.authority.issue("stream.invalid"));
    let proxy = HttpProxy::start(front.addr()).requiring(BASIC);
    let variables = [("https_proxy", &*proxy.url(Some(CREDENTIALS))), ("TEST_CA_FILE", file)];
    let output = in_environment("https://stream.invalid/s", &variables);
    assert!(output.contains("came: [1]"), "{output}");
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);

    let server = one_event();
    let proxy = HttpProxy::start(server.addr()).requiring(BASIC);
    let client = quick("http://stream.invalid/s").proxy(proxy.url(Some(CREDENTIALS))).build().unwrap();
    assert!(!format!("{client:?}").contains("pass"), "{client:?}");
    client.run().unwrap();
    assert_eq!(client.stats().delivered, 0, "no callback is registered");
    assert_eq!(server.accepted(), 2);
}

#[test]
fn a_proxy_that_wants_other_credentials_is_told_without_showing_any() {
    let server = one_event();
    let proxy = HttpProxy::start(server.addr()).requiring("Basic else");
    for url in ["http://stream.invalid/s", "https://stream.invalid/s"] {
        let builder = quick(url).proxy(proxy.url(Some(CREDENTIALS))).max_retries(0);
        let error = builder.build().unwrap().run().unwrap_err();
        assert!(error.is_retries_spent(), "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains("407") || text.contains("proxy"), "{text}");
        assert!(!text.contains("pass") && !text.contains("dXNlc"), "{text}");
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn no_proxy_names_hosts_that_are_asked_directly() {
    for (exceptions, direct) in [
        ("127.0.0.1", true),
        ("example.com, 127.0.0.1", true),
        ("*", true),
        ("127.0.0.0/8", true),
        ("127.0.0.1:PORT", true),
        ("example.com", false),
        ("127.0.0.1:1", false),
        ("", false),
    ] {
        let server = one_event();
        let proxy = HttpProxy::start(server.addr());
        let exceptions = &exceptions.replace("PORT", &server.addr().port().to_string());
        for name in ["no_proxy", "NO_PROXY"] {
            let output =
                in_environment(&server.url("/s"), &[("http_proxy", &proxy.url(None)), (name, exceptions)]);
            assert!(output.contains("came: ["), "{exceptions:?}: {output}");
            assert_eq!(proxy.requests().is_empty(), direct, "{name}={exceptions:?}");
        }
    }
}

#[test]
fn each_variable_is_for_its_scheme() {
    let server = one_event();
    let proxy = HttpProxy::start(server.addr());
    let output = in_environment(&server.url("/s"), &[("https_proxy", &proxy.url(None))]);
    assert!(output.contains("came: [1]") && proxy.requests().is_empty(), "{output}");
}

#[test]
fn an_argument_wins_over_the_environment() {
    // In this process no variable is set; that the argument also wins over no_proxy can be seen at the loopback.
    let server = one_event();
    let proxy = HttpProxy::start(server.addr());
    let client = quick(&server.url("/s")).proxy(proxy.url(None)).build().unwrap();
    client.run().unwrap();
    assert_eq!(proxy.requests().len(), 2);
}

#[test]
fn a_proxy_that_is_not_there_is_a_failed_request() {
    let addr = FaultServer::start([]).addr();
    let server = one_event();
    let builder = quick(&server.url("/s")).proxy(format!("http://{addr}")).max_retries(1);
    let error = builder.build().unwrap().run().unwrap_err();
    assert!(error.is_retries_spent() && error.to_string().contains("refused"), "{error}");
    assert_eq!(server.accepted(), 0, "the proxy is not gone around");
}
