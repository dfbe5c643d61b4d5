#!/bin/sh
# demo.sh [--seconds N] [--broker kafka|mqtt]: a unified namespace on this machine: the OPC UA demo server, a gateway that writes its
# tags to a broker (plant-*.yaml), and a viewer that reads some of them back (viewer-*.yaml). Ctrl-C ends all of it.
#
# Kafka is taken when a broker answers at KAFKA (localhost:9092), or when its jars are at hand (./dev test fetches them); else mosquitto
# is started for the demo. RIFFLE names the program when it is not in PATH.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(CDPATH='' cd -- "$here/../.." && pwd)
riffle=${RIFFLE:-riffle}
KAFKA=${KAFKA:-localhost:9092}
PATH=$PATH:/usr/sbin # mosquitto's place
seconds=0
broker=
work=
jobs='' # in the order in which they are to end

usage() {
	echo "usage: demo.sh [--seconds N] [--broker kafka|mqtt]" >&2
	exit 2
}

die() {
	echo "demo: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--uns) ;; # as `./dev demo` was told
	--seconds) [ $# -ge 2 ] || usage; seconds=$2; shift ;;
	--seconds=*) seconds=${1#*=} ;;
	--broker) [ $# -ge 2 ] || usage; broker=$2; shift ;;
	--broker=*) broker=${1#*=} ;;
	*) usage ;;
	esac
	shift
done
case $seconds in '' | *[!0-9]*) usage ;; esac
case $broker in '' | kafka | mqtt) ;; *) usage ;; esac

# Ends what was started, the viewer first, so that none of them misses another one.
end() {
	trap '' INT TERM HUP PIPE
	for pid in $jobs; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	[ -z "$work" ] || [ ! -f "$work/kafka/pid" ] || "$top/tests/servers/stop.sh" "$work/kafka"
	[ -z "$work" ] || rm -rf "$work"
}

# start NAME COMMAND...: in a session of its own: the terminal's Ctrl-C is for us alone, who end the parts in order.
start() {
	log=$work/$1.log
	shift
	setsid "$@" >"$log" 2>&1 </dev/null &
	jobs="$! $jobs"
}

# run CONFIG: a stream whose output, warnings too, is seen here.
run() {
	setsid "$riffle" run -s http.enabled=false -s logger.level=WARN "$here/$1.yaml" </dev/null &
	jobs="$! $jobs"
}

# The first line of the log that matches, once there is one; what is logged instead when the program ends or half a minute goes by.
await() { # NAME PATTERN
	left=300
	until grep -q -e "$2" "$work/$1.log" 2>/dev/null; do
		left=$((left - 1))
		kill -0 "${jobs%% *}" 2>/dev/null && [ $left -gt 0 ] || {
			cat "$work/$1.log" >&2
			die "$1 does not get ready"
		}
		sleep 0.1
	done
	grep -m 1 -e "$2" "$work/$1.log"
}

kafka_jars() { command -v java >/dev/null && ls "$top"/.cache/kafka-*/kafka_*.jar >/dev/null 2>&1 && [ -x "$top/tests/servers/start-kafka.sh" ]; }
answers() { # HOST:PORT
	python3 -c 'import socket, sys; socket.create_connection((sys.argv[1].rpartition(":")[0], int(sys.argv[1].rpartition(":")[2])), 1)' "$1" 2>/dev/null
}
free_ports() { # COUNT: the first of so many
	python3 -c 'import socket, sys
count = int(sys.argv[1])
while True:
    held = [socket.socket() for _ in range(count)]
    try:
        held[0].bind(("127.0.0.1", 0))
        first = held[0].getsockname()[1]
        for i in range(1, count):
            held[i].bind(("127.0.0.1", first + i))
        print(first)
        break
    except (OSError, OverflowError):
        pass
    finally:
        for s in held:
            s.close()' "$1"
}

# Which broker, and where: sets `broker`, `where`, and KAFKA or MQTT for the configs.
find_broker() {
	if [ "$broker" != mqtt ] && answers "$KAFKA"; then
		broker=kafka
		where="Kafka at $KAFKA"
	elif [ "$broker" != mqtt ] && kafka_jars; then
		broker=kafka
		port=$(free_ports 5)
		KAFKA=127.0.0.1:$port
		where="Kafka at $KAFKA, started for the demo"
		setsid "$top/tests/servers/start-kafka.sh" "$work/kafka" "$port" || die "Kafka does not start"
	elif [ "$broker" != kafka ] && command -v mosquitto >/dev/null; then
		broker=mqtt
		port=$(free_ports 1)
		MQTT=tcp://127.0.0.1:$port
		where="mosquitto at $MQTT, started for the demo"
		printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >"$work/mosquitto.conf"
		start mosquitto mosquitto -c "$work/mosquitto.conf"
		await mosquitto ' running' >/dev/null
		export MQTT
	else
		die "no ${broker:-broker}: \`apt install mosquitto\`, or KAFKA=HOST:PORT of a Kafka that is reachable (https://kafka.apache.org/quickstart)"
	fi
	export KAFKA
}

command -v "$riffle" >/dev/null || die "no riffle in PATH; RIFFLE names another place"
command -v python3 >/dev/null || die "no python3, which looks for free ports: \`apt install python3\`"
work=$(mktemp -d)
trap end EXIT
trap 'exit 0' INT TERM HUP PIPE # as in `demo.sh | head`
find_broker
start opcua "$riffle" demo --serve-only
OPCUA_ENDPOINT=$(await opcua '^ready' | cut -d ' ' -f 2)
GROUP=demo-$$ # one of its own: it begins with what is there
export OPCUA_ENDPOINT GROUP
echo "demo: OPC UA at $OPCUA_ENDPOINT -> plant-$broker.yaml -> $where -> viewer-$broker.yaml; Ctrl-C ends" >&2
run "plant-$broker"
plant=$!
run "viewer-$broker"
if [ "$seconds" != 0 ]; then
	sleep "$seconds" &
	jobs="$jobs $!"
	wait $!
else
	wait "${jobs%% *}" || :
fi
kill -0 "${jobs%% *}" 2>/dev/null || die "the viewer ended"
kill -0 "$plant" 2>/dev/null || die "the gateway ended"
