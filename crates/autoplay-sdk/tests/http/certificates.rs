//! A server that can't prove who it is gets no request, and the user reads why.

use autoplay_testkit::{Certificate, FaultServer, Script, TlsFront};

use crate::support::{batches, quick, sessions_of, wait_until};
use crate::trust::Trust;

const TOKEN: &str = "uk_live_secret";

/// What a client that trusts `trust` makes of a server that shows `certificate`.
fn refusal(trust: &Trust, host: &str, certificate: Certificate) -> String {
    let server = FaultServer::start([]).then_always(Script::sse().send(batches(1, 1)));
    let front = TlsFront::http1(server.addr(), certificate);
    let url = front.url(host, "/stream/p");
    let client = quick(&url).ca_file(trust.path()).max_retries(1).build().unwrap();
    let seen = sessions_of(&client);
    let error = client.run().unwrap_err();
    assert!(error.is_retries_spent(), "{error}");
    assert_eq!(error.url(), Some(url.as_str()));
    assert_eq!(seen.rest(), []);
    assert_eq!(server.accepted(), 0, "nothing is sent before the handshake has ended well");
    wait_until("two handshakes", || front.handshakes().len() == 2);
    assert!(front.handshakes().iter().all(Result::is_err), "{:?}", front.handshakes());
    let text = error.to_string();
    assert!(!text.contains(TOKEN), "{text}");
    text
}

#[test]
fn a_certificate_of_the_given_authority_is_trusted() {
    let trust = Trust::new();
    for host in ["127.0.0.1", "localhost"] {
        let server = FaultServer::start([Script::sse().send(batches(1, 2)).stall_for_ever()]);
        let front = TlsFront::http1(server.addr(), trust.authority.issue(host));
        let client = quick(&front.url(host, "/stream/p?x=1")).ca_file(trust.path()).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.take(2), [1, 2]);
        client.stop();
        run.join().unwrap();
        let request = &server.requests()[0];
        assert_eq!(request.path, "/stream/p?x=1");
        assert_eq!(request.header("authorization"), Some("Bearer uk_live_secret"));
        assert_eq!(front.handshakes(), [Ok("http/1.1".to_owned())]);
    }
}

#[test]
fn an_unknown_authority_is_not_trusted() {
    let text = refusal(&Trust::new(), "127.0.0.1", Trust::new().authority.issue("127.0.0.1"));
    assert!(text.contains("certificate") && text.contains("nobody trusted"), "{text}");
    assert!(text.contains("ca_file"), "it says what to do: {text}");
}

#[test]
fn the_certificate_of_another_host_is_not_trusted() {
    let trust = Trust::new();
    for (host, shown) in
        [("127.0.0.1", "example.com"), ("127.0.0.1", "localhost"), ("localhost", "127.0.0.1")]
    {
        let text = refusal(&trust, host, trust.authority.issue(shown));
        assert!(text.contains("certificate") && text.contains(host) && text.contains(shown), "{text}");
    }
}

#[test]
fn an_expired_certificate_is_not_trusted() {
    let trust = Trust::new();
    let text = refusal(&trust, "127.0.0.1", trust.authority.issue_expired("127.0.0.1"));
    assert!(text.contains("certificate") && text.contains("expired"), "{text}");
}

#[test]
fn the_systems_roots_do_not_know_a_stranger() {
    let server = FaultServer::start([]);
    let front = TlsFront::http1(server.addr(), Trust::new().authority.issue("127.0.0.1"));
    let client = quick(&front.url("127.0.0.1", "/stream/p")).max_retries(0).build().unwrap();
    let error = client.run().unwrap_err().to_string();
    assert!(error.contains("ca_file"), "{error}");
}

#[test]
fn a_server_that_speaks_no_tls_is_told_apart() {
    let server =
        FaultServer::start([Script::new().send("HTTP/1.1 400 Bad Request\r\n\r\n").stall_for_ever()]);
    let url = format!("https://{}/stream/p", server.addr());
    let error = quick(&url).max_retries(0).build().unwrap().run().unwrap_err();
    assert!(error.to_string().contains("corrupt message"), "{error}");
}

#[test]
fn once_the_certificate_is_right_the_stream_goes_on() {
    let trust = Trust::new();
    let server = FaultServer::start([Script::sse().send(batches(1, 1)).stall_for_ever()]);
    let expired = TlsFront::http1(server.addr(), trust.authority.issue_expired("127.0.0.1"));
    let renewed = TlsFront::http1(server.addr(), trust.authority.issue("127.0.0.1"));
    // The redirect plays the load balancer that leads to the other machine at last.
    let home = FaultServer::start([
        Script::answer(302, &[("Location", &expired.url("127.0.0.1", "/s"))], ""),
        Script::answer(302, &[("Location", &renewed.url("127.0.0.1", "/s"))], ""),
    ]);
    let client = quick(&home.url("/stream/p")).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}
