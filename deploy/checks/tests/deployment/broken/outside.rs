//! Deployments whose fault shows from outside: nginx is wrong, and once the server.

use super::deployment::{Broken, How::Line, UNIT};

const SITE: &str = "/etc/nginx/conf.d/reference-server.conf";
const PROXY: &str = "/etc/nginx/reference-server/proxy.conf";
const HEADERS: &str = "/etc/nginx/reference-server/headers.conf";
const TLS: &str = "/etc/nginx/reference-server/tls.conf";

pub(super) const BROKEN: [Broken; 23] = [
    Broken {
        check: "redirect",
        rule: "NGX07",
        how: Line(
            SITE,
            "s,return 301 .*,return 301 https://www.airtight.test$request_uri;,",
        ),
        says: "to `https://www.airtight.test/",
    },
    Broken {
        check: "plain-unknown-host",
        rule: "NGX04",
        how: Line(SITE, "0,/return 421;/s//return 200;/"),
        says: "a request for airtight.invalid got 200",
    },
    Broken {
        check: "unknown-host",
        rule: "NGX04",
        how: Line(
            SITE,
            "/ssl_reject_handshake on;/,/return 421;/s/return 421;/return 200;/",
        ),
        says: "a request for airtight.invalid got 200",
    },
    Broken {
        check: "tls-versions",
        rule: "NGX17",
        how: Line(
            TLS,
            "s/^ssl_protocols .*/ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;/; /^ssl_ciphers/d",
        ),
        says: "TLS 1.1 is accepted",
    },
    Broken {
        check: "tls-versions",
        rule: "NGX08",
        how: Line(
            TLS,
            "s/^ssl_ciphers .*/ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;/",
        ),
        says: "TLS 1.2 is refused",
    },
    Broken {
        check: "certificate",
        rule: "NGX17",
        how: Line(
            SITE,
            "s,ssl_certificate .*,ssl_certificate /tmp/short.pem;,; s,ssl_certificate_key .*,ssl_certificate_key /tmp/short.key;,",
        ),
        says: "it expires in ",
    },
    Broken {
        check: "headers",
        rule: "NGX12",
        how: Line(HEADERS, "s/max-age=63072000/max-age=31536000/"),
        says: "is `max-age=31536000`, which is not two years",
    },
    Broken {
        check: "headers",
        rule: "NGX11",
        how: Line(SITE, "s/object-src 'none'; //"),
        says: "Content-Security-Policy has no object-src",
    },
    Broken {
        check: "headers",
        rule: "NGX03",
        how: Line(
            SITE,
            "s,location /socket.io/ {,&\\n        add_header X-Transport any;,",
        ),
        says: "there is no Strict-Transport-Security",
    },
    Broken {
        check: "headers",
        rule: "NGX15",
        how: Line(
            SITE,
            "s,location = /login {,&\\n        add_header X-Page login;,",
        ),
        says: "there is no Strict-Transport-Security",
    },
    Broken {
        check: "server-version",
        rule: "NGX16",
        how: Line(SITE, "s/server_tokens off/server_tokens on/"),
        says: "server is `nginx/",
    },
    Broken {
        check: "cookie",
        rule: "OPS05",
        how: Line(PROXY, "s/X-Forwarded-Proto .*/X-Forwarded-Proto http;/"),
        says: "it lacks secure",
    },
    Broken {
        check: "health",
        rule: "WEB07",
        how: Line(
            PROXY,
            "$a proxy_intercept_errors on; error_page 404 =200 /health;",
        ),
        says: "a page that does not exist answers 200",
    },
    Broken {
        check: "body-limit",
        rule: "NGX13",
        // The server refuses such a body too; here nginx stands in for one that does not.
        how: Line(
            SITE,
            "s/client_max_body_size 1m/client_max_body_size 100m/; s,location = /login {,&\\n        if ($request_method = POST) { return 200; },",
        ),
        says: "bytes sent to the login got 200",
    },
    Broken {
        check: "guests",
        rule: "WEB10",
        how: Line(
            SITE,
            "s,location = /login {,location = /api/actions { return 201 '{\"id\":\"x\"}'; }\\n    &,",
        ),
        says: "a guest may start an action: ",
    },
    Broken {
        check: "origin",
        rule: "WEB09",
        how: Line(PROXY, "$a proxy_set_header Origin \"\";"),
        says: "a socket was opened for another site",
    },
    Broken {
        check: "reflected-origin",
        rule: "WEB11",
        how: Line(
            SITE,
            "1i map $http_origin $allowed_origin { default ''; ~. $http_origin; }\n\
             s,include /etc/nginx/reference-server/headers.conf;,&\\n    add_header Access-Control-Allow-Origin $allowed_origin always;\\n    add_header Access-Control-Allow-Credentials true always;,",
        ),
        says: "`https://evil.example` may read with credentials: /login",
    },
    Broken {
        check: "reflected-origin",
        rule: "WEB11",
        how: Line(
            SITE,
            "1i map $http_origin $allowed_origin { default ''; ~^https://airtight[.]test $http_origin; }\n\
             s,location /socket.io/ {,&\\n        include /etc/nginx/reference-server/headers.conf;\\n        add_header Access-Control-Allow-Origin $allowed_origin always;\\n        add_header Access-Control-Allow-Credentials true always;,",
        ),
        says: "`https://airtight.test.evil.example` may read with credentials: /socket.io/",
    },
    Broken {
        check: "shared-cache",
        rule: "NGX20",
        how: Line(
            SITE,
            "1i proxy_cache_path /tmp/micro-cache keys_zone=micro:1m;\n\
             s,^    location / {,&\\n        proxy_cache micro;\\n        proxy_cache_valid any 1s;\\n        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;,",
        ),
        says: "/: `bob` got what was made for `alice`, who had asked before: with `alice`",
    },
    Broken {
        check: "shared-cache",
        rule: "ISO25",
        how: Line(
            SITE,
            "1i proxy_cache_path /tmp/micro-cache keys_zone=micro:1m;\n\
             s,location = /login {,&\\n        proxy_cache micro;\\n        proxy_cache_key $uri;\\n        proxy_cache_valid 200 2s;\\n        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;,",
        ),
        says: "/login gave the same session cookie to several strangers",
    },
    Broken {
        check: "websocket",
        rule: "NGX02",
        how: Line(SITE, "/set_header Upgrade/d"),
        says: "",
    },
    Broken {
        check: "polling",
        rule: "NGX18",
        how: Line(
            SITE,
            "s,location /socket.io/ {,&\\n        limit_except GET { deny all; },",
        ),
        says: "",
    },
    Broken {
        check: "isolation",
        rule: "ISO04",
        how: Line(
            UNIT,
            "s,^ExecStart=.*,ExecStart=/opt/faulty-server serve --fault ISO04,",
        ),
        says: "no_foreign_events: ",
    },
];
