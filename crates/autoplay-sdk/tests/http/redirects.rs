//! The token stays at the origin it was given for: scheme, host and port.

use autoplay_testkit::{FaultServer, Request, Script, TlsFront};

use crate::support::{LIMIT, batches, quick, sessions_of};
use crate::trust::Trust;

fn redirect(status: u16, location: &str) -> Script {
    Script::answer(status, &[("Location", location)], "id: 9\ndata: not an event\n\n")
}

/// The requests at `home` and then at `abroad`, to which it redirects.
fn follow(
    url: &str,
    home: &FaultServer,
    location: &str,
    status: u16,
    abroad: &FaultServer,
    trust: &Trust,
) -> Vec<Request> {
    home.push(redirect(status, location));
    abroad.push(Script::sse().send(batches(1, 1)).stall_for_ever());
    let client = quick(url).ca_file(trust.path()).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    vec![home.wait_for_request(1, LIMIT), abroad.wait_for_request(1, LIMIT)]
}

fn assert_token_stays_home(requests: &[Request]) {
    assert_eq!(requests[0].header("authorization"), Some("Bearer uk_live_secret"));
    for (name, value) in &requests[1].headers {
        assert!(!value.contains("uk_live_secret"), "{name} carries the token abroad");
    }
    assert_eq!(requests[1].header("accept"), Some("text/event-stream"));
}

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

#[test]
fn never_to_another_port() {
    let trust = Trust::new();
    for status in STATUSES {
        let (home, abroad) = (FaultServer::start([]), FaultServer::start([]));
        let location = abroad.url("/there");
        assert_token_stays_home(&follow(&home.url("/s"), &home, &location, status, &abroad, &trust));
    }
}

#[test]
fn never_to_another_host_be_it_the_same_machine() {
    let trust = Trust::new();
    for status in STATUSES {
        let server = FaultServer::start([]);
        server.push(redirect(status, &format!("http://localhost:{}/there", server.addr().port())));
        server.push(Script::sse().send(batches(1, 1)).stall_for_ever());
        let client = quick(&server.url("/s")).ca_file(trust.path()).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.next(), 1);
        client.stop();
        run.join().unwrap();
        assert_token_stays_home(&server.requests());
    }
}

#[test]
fn never_from_https_to_http_nor_the_other_way() {
    let trust = Trust::new();
    for status in STATUSES {
        let (home, abroad) = (FaultServer::start([]), FaultServer::start([]));
        let front = TlsFront::http1(home.addr(), trust.authority.issue("127.0.0.1"));
        let (url, location) = (front.url("127.0.0.1", "/s"), abroad.url("/there"));
        assert_token_stays_home(&follow(&url, &home, &location, status, &abroad, &trust));

        let (home, abroad) = (FaultServer::start([]), FaultServer::start([]));
        let front = TlsFront::http2(abroad.addr(), trust.authority.issue("127.0.0.1"));
        let (url, location) = (home.url("/s"), front.url("127.0.0.1", "/there"));
        assert_token_stays_home(&follow(&url, &home, &location, status, &abroad, &trust));
    }
}

#[test]
fn within_https_it_comes_along_in_either_protocol() {
    let trust = Trust::new();
    let server = FaultServer::start([]);
    let certificate = || trust.authority.issue("127.0.0.1");
    for front in
        [TlsFront::http1(server.addr(), certificate()), TlsFront::http2(server.addr(), certificate())]
    {
        server.push(redirect(308, "../elsewhere?x=%20y"));
        server.push(Script::sse().send(batches(1, 1)).stall_for_ever());
        let client = quick(&front.url("127.0.0.1", "/a/stream/p")).ca_file(trust.path()).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.next(), 1);
        client.stop();
        run.join().unwrap();
        let requests = server.requests();
        let [.., _, followed] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!(followed.path, "/a/elsewhere?x=%20y");
        assert_eq!(followed.header("authorization"), Some("Bearer uk_live_secret"));
    }
}

#[test]
fn a_password_in_a_location_is_neither_sent_nor_shown() {
    let server = FaultServer::start([]);
    server.push(redirect(302, &format!("http://user:hunter2@{}/there", server.addr())));
    server.push(Script::answer(404, &[], ""));
    let error = quick(&server.url("/s")).max_retries(0).build().unwrap().run().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn other_statuses_are_no_redirects() {
    for status in [300, 304, 305, 306, 201] {
        let server = FaultServer::start([]).then_always(redirect(status, "/elsewhere"));
        let error = quick(&server.url("/s")).max_retries(0).build().unwrap().run().unwrap_err();
        assert_eq!(error.status_code(), Some(status), "{error}");
        assert_eq!(server.accepted(), 1);
    }
}

#[test]
fn a_circle_is_left_after_ten_redirects_and_tried_again_with_pauses() {
    let server = FaultServer::start([]).then_always(redirect(302, "/s"));
    let error = quick(&server.url("/s")).max_retries(1).build().unwrap().run().unwrap_err();
    assert!(error.is_retries_spent() && error.to_string().contains("more than 10 redirects"), "{error}");
    assert_eq!(server.requests().len(), 22);
}
