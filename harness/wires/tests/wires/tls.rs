//! The clients that are processes of their own over TLS: they trust the authority that they are told of, and without it
//! there is no connection.

use std::sync::Arc;

use native_tls::{Identity, TlsAcceptor};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use wires::{DialError, Direct, How, Transport};

use crate::dials::{dialled_by, direct, event, next, several};
use crate::library::server;
use crate::processes::{by, clients};

/// A certificate for 127.0.0.1 that has signed itself, and its key, both in PEM.
fn certificate() -> (Vec<u8>, Vec<u8>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    let key = EcKey::generate(&group).and_then(PKey::from_ec_key);
    let key = key.expect("a key");
    let mut name = X509NameBuilder::new().expect("a name");
    name.append_entry_by_text("CN", "127.0.0.1")
        .expect("a name");
    let name = name.build();
    let mut builder = X509::builder().expect("a builder");
    let now = Asn1Time::days_from_now(0).expect("a day");
    let tomorrow = Asn1Time::days_from_now(1).expect("a day");
    let number = BigNum::from_u32(1).and_then(|number| number.to_asn1_integer());
    let number = number.expect("a number");
    let extended = builder
        .set_version(2)
        .and_then(|()| builder.set_serial_number(&number))
        .and_then(|()| builder.set_subject_name(&name))
        .and_then(|()| builder.set_issuer_name(&name))
        .and_then(|()| builder.set_not_before(&now))
        .and_then(|()| builder.set_not_after(&tomorrow))
        .and_then(|()| builder.set_pubkey(&key))
        .and_then(|()| builder.append_extension(BasicConstraints::new().critical().ca().build()?));
    extended.expect("a certificate");
    let address = SubjectAlternativeName::new()
        .ip("127.0.0.1")
        .build(&builder.x509v3_context(None, None));
    let signed = builder
        .append_extension(address.expect("an address"))
        .and_then(|()| builder.sign(&key, MessageDigest::sha256()));
    signed.expect("signed");
    let certificate = builder.build().to_pem().expect("PEM");
    (certificate, key.private_key_to_pem_pkcs8().expect("PEM"))
}

/// The server of `library` behind TLS, and the authority to trust.
async fn behind_tls() -> (Url, Arc<str>) {
    let (certificate, key) = certificate();
    let identity = Identity::from_pkcs8(&certificate, &key).expect("an identity");
    let acceptor = TlsAcceptor::new(identity).expect("an acceptor");
    let acceptor = tokio_native_tls::TlsAcceptor::from(acceptor);
    let mut url = server().await;
    let plain = url.socket_addrs(|| None).expect("an address");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, plain) = (acceptor.clone(), plain.clone());
            tokio::spawn(async move {
                // Whoever does not trust it goes without a word.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let plain = TcpStream::connect(plain.as_slice()).await;
                let _ = copy_bidirectional(&mut stream, &mut plain.expect("a server")).await;
            });
        }
    });
    url.set_scheme("https").expect("a scheme");
    url.set_port(Some(port)).expect("a port");
    let authority = String::from_utf8(certificate).expect("PEM");
    (url, authority.into())
}

#[tokio::test]
async fn they_trust_the_authority_that_they_are_told_of_and_no_other() {
    let (url, authority) = behind_tls().await;
    for client in clients().await {
        for transport in [Transport::Websocket, Transport::Polling, Transport::Upgrade] {
            let how = || How::SocketIo(by(client, transport));
            let trusting = Direct {
                trust: Some(Arc::clone(&authority)),
                ..direct()
            };
            let wire = dialled_by(&url, how(), Some(trusting)).await;
            let mut wire = wire.expect("a connection");
            assert_eq!(several(&mut wire, 2).await, r#"open/ /hello["/"]"#);
            let echo = event("/", "echo", &json!([{ "a": 1 }]), Some(1));
            wire.send(echo).await.expect("an open wire");
            let said = next(&mut wire).await;
            assert_eq!(said, r#"/#1[{"a":1}]"#, "{client:?} {transport:?}");

            let distrusting = dialled_by(&url, how(), Some(direct())).await;
            let Err(DialError::NoConnection(why)) = distrusting else {
                panic!("{client:?} {transport:?}: {distrusting:?}");
            };
            assert!(why.contains("certificate"), "{client:?}: {why}");
        }
    }
}
