#!/bin/sh
# start-kafka.sh DIR PORT: a real Apache Kafka broker (KRaft, one node) on 127.0.0.1:PORT; its controller listens on PORT+1,
# clients that sign in (SASL PLAIN and SCRAM, user app, password secret) on PORT+2, those that speak TLS on PORT+3 (certificates of certs.sh
# in KAFKA_CERTS, made when missing; default DIR/certs), on PORT+4 those that show a certificate of that authority, too.
# Started again in the same DIR it has its topics still.
# The jars are fetched by name with mvn on first use into KAFKA_LIB, which brokers share. A change of settings: KAFKA_SETTINGS,
# lines of server.properties. Needs: default-jre-headless maven openssl. Stop: stop.sh DIR.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 DIR PORT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"; dir=$(cd "$1" && pwd); port=$2
version=${KAFKA_VERSION:-4.1.0}; heap=${KAFKA_HEAP:-160m}; lib=${KAFKA_LIB:-$here/../../.cache/kafka-$version}

# Two scripts may come at the same time: each fetches for itself, the first one's folder is kept.
if [ ! -f "$lib/kafka_2.13-$version.jar" ]; then
	mkdir -p "$dir/mvn" "$(dirname "$lib")"
	cat >"$dir/mvn/pom.xml" <<-XML
	<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
	<groupId>test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
	<dependencies>
	<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
	<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
	</dependencies></project>
	XML
	fetched=$(mktemp -d "$lib.XXXXXX")
	mvn -q -B -f "$dir/mvn/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$fetched"
	mv -T "$fetched" "$lib" 2>/dev/null || rm -rf "$fetched"
fi
lib=$(cd "$lib" && pwd)

certs=${KAFKA_CERTS:-$dir/certs}
"$here/certs.sh" "$certs"
cat "$certs/server.key" "$certs/server.pem" >"$dir/tls.pem"

cat >"$dir/server.properties" <<EOP
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),SIGNED://127.0.0.1:$((port + 2)),TLS://127.0.0.1:$((port + 3)),MUTUAL://127.0.0.1:$((port + 4))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SIGNED://127.0.0.1:$((port + 2)),TLS://127.0.0.1:$((port + 3)),MUTUAL://127.0.0.1:$((port + 4))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SIGNED:SASL_PLAINTEXT,TLS:SSL,MUTUAL:SSL
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location=$dir/tls.pem
listener.name.mutual.ssl.keystore.type=PEM
listener.name.mutual.ssl.keystore.location=$dir/tls.pem
listener.name.mutual.ssl.truststore.type=PEM
listener.name.mutual.ssl.truststore.location=$certs/ca.pem
listener.name.mutual.ssl.client.auth=required
listener.name.signed.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.signed.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.signed.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.signed.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_app="secret";
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$((port + 1))
log.dirs=$dir/data
num.partitions=4
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
${KAFKA_SETTINGS:-}
EOP
# A small JVM that starts quickly: the first-tier compiler is enough for tests. KAFKA_JAVA says otherwise.
java="java -Xms64m -Xmx$heap -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Dorg.slf4j.simpleLogger.showDateTime=true ${KAFKA_JAVA:-}"
[ -f "$dir/data/meta.properties" ] || $java -cp "$lib/*" kafka.tools.StorageTool format \
	-t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/server.properties" --add-scram 'SCRAM-SHA-256=[name=app,password=secret]' \
	--add-scram 'SCRAM-SHA-512=[name=app,password=secret]' >"$dir/format.log" 2>&1 || {
	cat "$dir/format.log" >&2; exit 1; }
READY='Kafka Server started' exec "$here/background.sh" "$dir" "$port" $java -cp "$lib/*" kafka.Kafka "$dir/server.properties"
