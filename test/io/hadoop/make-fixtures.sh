#!/bin/sh
# Makes test/io/fixtures/hadoop with a real Hadoop. Needs a JDK (11 or newer) and Maven; the tests need neither.
set -e
cd "$(dirname "$0")"
work=${HADOOP_FOR_TESTS:-/tmp/gnista-hadoop}
sh prepare.sh
java -cp "$work/classes:$work/lib/*" MakeFixtures "$(pwd)/../fixtures/hadoop"
