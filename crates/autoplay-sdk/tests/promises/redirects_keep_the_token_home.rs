//! Redirects are followed, but the token goes to no other origin.

use autoplay_testkit::{FaultServer, Script};

use crate::support::{LIMIT, batches, quick, sessions_of};

fn redirect(status: u16, location: &str) -> Script {
    Script::answer(status, &[("Location", location)], "")
}

#[test]
fn within_the_origin_the_token_comes_along() {
    for status in [301, 302, 303, 307, 308] {
        let server = FaultServer::start([
            redirect(status, "/elsewhere?x=1"),
            Script::sse().send(batches(1, 1)),
            Script::sse().stall_for_ever(),
        ]);
        let client = quick(&server.url("/stream/p")).build().unwrap();
        let seen = sessions_of(&client);
        let run = client.run_in_background().unwrap();
        assert_eq!(seen.next(), 1);
        let followed = server.wait_for_request(2, LIMIT);
        assert_eq!((followed.method.as_str(), followed.path.as_str()), ("GET", "/elsewhere?x=1"));
        assert_eq!(followed.header("authorization"), Some("Bearer uk_live_secret"));
        assert_eq!(followed.header("accept"), Some("text/event-stream"));
        // Each attempt begins at the URL that was given, with the place.
        let again = server.wait_for_request(3, LIMIT);
        assert_eq!((again.path.as_str(), again.header("last-event-id")), ("/stream/p", Some("1")));
        client.stop();
        run.join().unwrap();
    }
}

#[test]
fn another_origin_gets_the_request_and_not_the_token_not_even_on_the_way_back() {
    let (home, abroad) = (FaultServer::start([]), FaultServer::start([]));
    home.push(redirect(302, &abroad.url("/there")));
    abroad.push(redirect(302, &home.url("/back")));
    home.push(Script::sse().send(batches(1, 1)).stall_for_ever());
    let client = quick(&home.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
    assert_eq!(home.requests()[0].header("authorization"), Some("Bearer uk_live_secret"));
    assert_eq!(abroad.requests()[0].header("authorization"), None);
    assert_eq!(home.requests()[1].header("authorization"), None);
    assert!(abroad.requests()[0].headers.iter().all(|(_, value)| !value.contains("uk_live_secret")));
}

#[test]
fn a_refusal_abroad_says_that_the_token_was_not_sent() {
    let abroad = FaultServer::start([Script::answer(401, &[], "")]);
    let home = FaultServer::start([redirect(307, &abroad.url("/there?token=abc"))]);
    let error = quick(&home.url("/stream/p")).build().unwrap().run().unwrap_err();
    assert_eq!(error.status_code(), Some(401));
    assert_eq!(error.url(), Some(abroad.url("/there?token=...").as_str()));
    assert!(error.to_string().contains("redirect"), "{error}");
}

#[test]
fn ten_redirects_are_followed_and_an_eleventh_is_a_failure() {
    for (count, arrives) in [(10, true), (11, false)] {
        let server = FaultServer::start((0..count).map(|hop| redirect(302, &format!("/hop/{hop}"))));
        server.push(Script::answer(404, &[], ""));
        let error = quick(&server.url("/stream/p")).max_retries(0).build().unwrap().run().unwrap_err();
        assert_eq!(error.status_code(), arrives.then_some(404), "{error}");
        assert_eq!(server.requests().len(), 11);
    }
}

#[test]
fn a_redirect_to_nowhere_is_tried_again() {
    let server = FaultServer::start([
        Script::answer(302, &[], ""),
        redirect(302, "ftp://example.com/"),
        redirect(302, "http://"),
        Script::sse().send(batches(1, 1)).stall_for_ever(),
    ]);
    let client = quick(&server.url("/stream/p")).build().unwrap();
    let seen = sessions_of(&client);
    let run = client.run_in_background().unwrap();
    assert_eq!(seen.next(), 1);
    client.stop();
    run.join().unwrap();
}
