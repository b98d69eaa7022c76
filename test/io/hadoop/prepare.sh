#!/bin/sh
# Fetches Hadoop and compiles the programs beside this script, into $HADOOP_FOR_TESTS.
set -e
cd "$(dirname "$0")"
work=${HADOOP_FOR_TESTS:-/tmp/gnista-hadoop}
mkdir -p "$work/classes"
mvn -q -B -f pom.xml dependency:copy-dependencies -DoutputDirectory="$work/lib"
javac -d "$work/classes" -cp "$work/lib/*" ./*.java
