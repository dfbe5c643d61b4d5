#!/bin/sh
# start-mosquitto.sh DIR PORT [TLS_PORT CERT_DIR CERT_PORT]: an MQTT 5 broker on 127.0.0.1:PORT, anonymous; it keeps sessions in DIR
# over a stop and a start. With TLS_PORT also TLS there, for user operator, password secret (CERT_DIR from certs.sh), and on CERT_PORT
# TLS for whoever shows a certificate of the same authority. With TLS ports nobody may use topics below forbidden/. Only without them
# is nothing lost over a restart: mosquitto 2.0 with access lists drops what comes for a session that it restored, until its client is
# back. Needs: mosquitto. Stop: stop.sh DIR.
set -eu
[ $# -eq 2 ] || [ $# -eq 5 ] || { echo "usage: $0 DIR PORT [TLS_PORT CERT_DIR CERT_PORT]" >&2; exit 2; }
mkdir -p "$1"; dir=$(cd "$1" && pwd); port=$2
cat >"$dir/mosquitto.conf" <<-END
	per_listener_settings $([ $# -eq 5 ] && echo true || echo false)
	user $(id -un)
	log_dest stderr
	persistence true
	persistence_location $dir/
	max_inflight_messages ${INFLIGHT:-0}
	max_queued_messages 1000000
	listener $port 127.0.0.1
	allow_anonymous true
END
if [ $# -eq 5 ]; then
	# With MQTT 5 a publisher to what is below forbidden/ is told so.
	printf 'topic readwrite #\ntopic deny forbidden/#\n' >"$dir/acl"
	chmod 600 "$dir/acl"
	echo "acl_file $dir/acl" >>"$dir/mosquitto.conf"
	certs=$(cd "$4" && pwd); umask 077; : >"$dir/passwd"
	mosquitto_passwd -b "$dir/passwd" operator secret
	tls="cafile $certs/ca.pem
certfile $certs/server.pem
keyfile $certs/server.key
tls_version tlsv1.2"
	cat >>"$dir/mosquitto.conf" <<-END
		listener $3 127.0.0.1
		allow_anonymous false
		password_file $dir/passwd
		$tls
		listener $5 127.0.0.1
		allow_anonymous true
		require_certificate true
		$tls
	END
fi
PATH=$PATH:/usr/sbin READY=running exec "$(dirname "$0")/background.sh" "$dir" "$port" mosquitto -c "$dir/mosquitto.conf"
