#!/bin/sh
# count.sh WHAT COUNT SECONDS [LAST LINE]: counts, with a pause before each number.
set -eu
what=$1
count=$2
pause=$3
i=0
while [ "$i" -lt "$count" ]; do
    sleep "$pause"
    i=$((i + 1))
    # The fraction to four places; the shell has whole numbers only.
    part=$((i * 10000 / count))
    printf '{"progress":%d.%04d,"message":"%s %d of %d"}\n' $((part / 10000)) $((part % 10000)) "$what" "$i" "$count"
done
printf '%s\n' "${4:-counted to $count}"
