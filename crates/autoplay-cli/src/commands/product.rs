//! `autoplay product`: the products of a connector.

use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use autoplay_sdk::http::Request;
use serde_json::{Value, json};

use super::URL;

/// Manage the products of a connector
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(Add),
}

/// Register a product and print its keys.
///
/// The webhook secret and the API key are shown this once: the connector keeps what it needs to check them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  autoplay product add shop --email owner@example.com
  autoplay product add shop --email owner@example.com --project-key phc_that_the_site_uses")]
struct Add {
    /// The product's id: 1 to 128 characters of A-Z a-z 0-9 . _ -
    id: String,
    /// Whom the operators of the connector write to about this product
    #[arg(long, value_name = "E")]
    email: String,
    /// The connector
    #[arg(long, value_name = "URL", default_value = URL, env = "AUTOPLAY_URL")]
    url: String,
    /// The connector's admin key
    #[arg(long, value_name = "KEY", env = "AUTOPLAY_ADMIN_KEY", hide_env_values = true)]
    admin_key: Option<String>,
    /// A project key that the product's sites already use with posthog-js; may be given more than once
    #[arg(long = "project-key", value_name = "KEY")]
    project_keys: Vec<String>,
    /// Overwrite a product that exists: new secret (the old one is taken for another ten minutes) and one more key
    #[arg(long)]
    force: bool,
    /// Print what the connector answers, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add(args) => add(&args),
    }
}

fn add(args: &Add) -> anyhow::Result<ExitCode> {
    let admin_key = args
        .admin_key
        .as_deref()
        .filter(|key| !key.is_empty())
        .context("the admin key is missing: give it as --admin-key or in AUTOPLAY_ADMIN_KEY")?;
    let body = json!({
        "product_id": args.id,
        "contact_email": args.email,
        "project_keys": args.project_keys,
        "force_reregister": args.force,
    });
    let answer = Request::new("POST", &format!("{}/products", args.url.trim_end_matches('/')))
        .header("X-Admin-Key", admin_key)
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .send()
        .context("cannot reach the connector: is it running there?")?;
    let product: Value = serde_json::from_slice(&answer.body)
        .map_err(|_| anyhow!("{} answered {}, but not as a connector does", args.url, answer.status))?;
    match answer.status {
        201 if args.json => println!("{product}"),
        201 => print!("{}", readable(&product)),
        409 if product["code"] == "product_exists" => {
            bail!("the product {} exists; --force overwrites it", args.id)
        }
        401 => bail!("the connector does not take this admin key: check --admin-key or AUTOPLAY_ADMIN_KEY"),
        status => bail!(
            "the connector refused ({status}): {}",
            product["detail"].as_str().unwrap_or("no reason given")
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn readable(product: &Value) -> String {
    let text = |name: &str| product[name].as_str().unwrap_or_default();
    format!(
        "Product {}

  stream URL       {}
  API key          {}
  webhook URL      {}
  webhook secret   {}
  project key      {}

The API key and the secret are not shown again. Watch the stream:

  export AUTOPLAY_APP_UNKEY_TOKEN={}
  autoplay tail {}
",
        text("product_id"),
        text("stream_url"),
        text("unkey_key"),
        text("webhook_url"),
        text("webhook_secret"),
        text("project_key"),
        text("unkey_key"),
        text("stream_url"),
    )
}
