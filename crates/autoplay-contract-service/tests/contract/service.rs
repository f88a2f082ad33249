//! The service's own HTTP contract.

use serde_json::{Value, json};

use crate::harness::{each_client, send};

#[test]
fn all_capabilities_are_announced() {
    each_client(|service| {
        let answer = send("GET", &service.url, "");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        let expected = json!({"capabilities": [
            "bom", "comments", "event-type-listeners", "headers", "last-event-id", "post", "read-timeout", "report",
            "restart", "server-directed-shutdown-request",
        ]});
        assert_eq!(told, expected);
    });
}

#[test]
fn bad_parameters_are_refused_with_400_and_the_reason() {
    each_client(|service| {
        let good = || json!({"streamUrl": "http://127.0.0.1:1/", "callbackUrl": "http://127.0.0.1:1/"});
        let with = |name: &str, value: Value| {
            let mut parameters = good();
            parameters[name] = value;
            parameters.to_string()
        };
        let without = |name: &str| {
            let mut parameters = good();
            parameters.as_object_mut().unwrap().remove(name);
            parameters.to_string()
        };
        for (body, named) in [
            (String::new(), ""),
            ("{".to_owned(), ""),
            ("[]".to_owned(), ""),
            ("{}".to_owned(), "streamUrl"),
            (without("streamUrl"), "streamUrl"),
            (without("callbackUrl"), "callbackUrl"),
            (with("streamUrl", json!("nowhere")), "url"),
            (with("streamUrl", json!("ftp://127.0.0.1/")), "url"),
            (with("streamUrl", json!(7)), ""),
            (with("callbackUrl", json!("nowhere")), ""),
            (with("callbackUrl", json!("ftp://127.0.0.1/")), "callbackUrl"),
            (with("initialDelayMs", json!(-1)), ""),
            (with("initialDelayMs", json!("100")), ""),
            (with("readTimeoutMs", json!(0)), "read_timeout"),
            (with("readTimeoutMs", json!(1.5)), ""),
            (with("lastEventId", json!("a\nb")), "last_event_id"),
            (with("headers", json!({"a b": "c"})), "headers"),
            (with("headers", json!({"a": "b\r\nc: d"})), "headers"),
            (with("headers", json!(["a"])), ""),
            (with("method", json!("GE T")), "method"),
            (with("body", json!({})), ""),
        ] {
            let answer = send("POST", &service.url, body.as_str());
            let text = String::from_utf8_lossy(&answer.body);
            assert_eq!(answer.status, 400, "{body}: {text}");
            assert!(!text.is_empty() && text.contains(named), "{body}: {text}");
        }
    });
}

#[test]
fn null_empty_and_unknown_parameters_are_as_if_they_were_not_there() {
    each_client(|service| {
        let body = json!({
            "streamUrl": "http://127.0.0.1:1/", "callbackUrl": "http://127.0.0.1:1/", "tag": null, "initialDelayMs": null,
            "readTimeoutMs": null, "lastEventId": "", "headers": {}, "method": "", "body": "", "of the future": [1],
        });
        assert_eq!(send("POST", &service.url, body.to_string()).status, 201);
        let body = json!({
            "streamUrl": "http://127.0.0.1:1/", "callbackUrl": "http://127.0.0.1:1/", "headers": null, "method": null,
        });
        assert_eq!(send("POST", &service.url, body.to_string()).status, 201);
    });
}

#[test]
fn unknown_streams_are_404_and_unknown_commands_400() {
    each_client(|service| {
        for name in ["99", "one", "99999999999999999999"] {
            let nowhere = format!("{}/streams/{name}", service.url);
            assert_eq!(send("DELETE", &nowhere, "").status, 404);
            assert_eq!(send("POST", &nowhere, json!({"command": "restart"}).to_string()).status, 404);
        }
        let body = json!({"streamUrl": "http://127.0.0.1:1/", "callbackUrl": "http://127.0.0.1:1/"});
        let started = send("POST", &service.url, body.to_string());
        let location = started.header("location").unwrap();
        for command in [json!({"command": "stop"}), json!({"command": "listen"}), json!({}), json!("restart")]
        {
            assert_eq!(send("POST", location, command.to_string()).status, 400, "{command}");
        }
        assert_eq!(send("POST", location, json!({"command": "restart"}).to_string()).status, 204);
    });
}
