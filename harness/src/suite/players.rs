//! Which clients are there, and which can speak to a target: it is looked up once, before anything is started.

use std::collections::BTreeMap;

use probe::{Children, ClientKind, Missing, Target, speaks};
use targets::file::socket::Protocol;

use super::plan::Clients;

/// The clients of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Players(BTreeMap<ClientKind, Result<Option<String>, Missing>>);

impl Players {
    /// Looks whether they are installed. The processes that say so end again.
    pub(super) async fn of(clients: &Clients) -> Self {
        let children = Children::default();
        let mut players = BTreeMap::new();
        for client in clients.asked.iter().chain(&clients.also) {
            if !players.contains_key(client) {
                players.insert(*client, children.version(*client).await);
            }
        }
        Self(players)
    }

    /// The client's version, where it is a program of its own.
    pub(super) fn version(&self, client: ClientKind) -> Option<&str> {
        self.0.get(&client)?.as_ref().ok()?.as_deref()
    }

    /// Why the client cannot play anything on the target; none where it can.
    pub(super) fn why_not(&self, client: ClientKind, target: &Target) -> Option<String> {
        if client == ClientKind::Own {
            return None;
        }
        if let Some(Err(missing)) = self.0.get(&client) {
            return Some(format!("{missing}; {}", missing.fix()));
        }
        let mut sockets = target.sockets.iter();
        let cannot = sockets.find_map(|(_, socket)| speaks(client, socket).err());
        let has_socket_io =
            { target.sockets.iter() }.any(|(_, socket)| socket.protocol == Protocol::SocketIo);
        let cannot = match cannot {
            None if target.connect_to.is_some() => {
                Some(client.cannot("connect to another address than the URL's"))
            }
            None if !has_socket_io => Some(client.cannot("be used where nothing speaks Socket.IO")),
            cannot => cannot,
        };
        cannot.map(|cannot| cannot.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(socket: &str) -> Target {
        let action = "say: {do: {emit: [say, '{marker}']}, yields: {said: {to: user}}}";
        let action = if socket.contains("emit") { "" } else { action };
        let file = format!("target: x\nlogin: none\n{socket}\nactions: {{{action}}}\n");
        targets::parse(&file).unwrap_or_else(|mistakes| panic!("{file}{mistakes:?}"))
    }

    #[test]
    fn what_a_client_cannot_speak_to_is_said_before_anything_is_started() {
        let players = Players::default();
        let spoken = target("socket: {protocol: socket.io}");
        let msgpack = target("socket: {protocol: socket.io, parser: msgpack}");
        let answering = target("socket: {protocol: socket.io, acknowledge: {hello: 1}}");
        let elsewhere = Target {
            connect_to: Some([127, 0, 0, 1].into()),
            ..spoken.clone()
        };
        for client in ClientKind::ALL {
            let why = |target| players.why_not(client, target);
            let is_own = client == ClientKind::Own;
            assert_eq!(why(&spoken), None);
            assert_eq!(why(&msgpack).is_none(), is_own, "{client:?}");
            assert_eq!(why(&elsewhere).is_none(), is_own, "{client:?}");
            assert_eq!(why(&answering).is_none(), client.acknowledges());
        }
        let missing = Missing {
            client: ClientKind::JavaScript,
            why: "there is no `node`".to_owned(),
        };
        let players = Players([(ClientKind::JavaScript, Err(missing))].into());
        let why = players.why_not(ClientKind::JavaScript, &spoken);
        let why = why.unwrap_or_default();
        assert!(
            why.starts_with(
                "`socket.io-client` is not there: there is no `node`; run `npm install"
            ),
            "{why}"
        );
    }
}
