#!/usr/bin/env bash
# Starts an ACME authority on this machine. From now on certbot and the rehearsal of the renewal use it.
set -euo pipefail
mkdir -p /opt/pebble
cd /opt/pebble
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
cat >config.json <<'EOF'
{
  "pebble": {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": "/opt/pebble/cert.pem",
    "privateKey": "/opt/pebble/key.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": false
  }
}
EOF
# By default pebble sleeps before it validates, and sometimes refuses good nonces.
systemd-run --quiet --unit=pebble --setenv=PEBBLE_VA_NOSLEEP=1 --setenv=PEBBLE_WFE_NONCEREJECT=0 \
    pebble -config /opt/pebble/config.json
mkdir -p /etc/letsencrypt /etc/systemd/system/reference-server-renewal-test.service.d
echo 'server = https://localhost:14000/dir' >/etc/letsencrypt/cli.ini
printf '[Service]\nEnvironment=REQUESTS_CA_BUNDLE=/opt/pebble/cert.pem\n' \
    >/etc/systemd/system/reference-server-renewal-test.service.d/authority.conf
systemctl daemon-reload
