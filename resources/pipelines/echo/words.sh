# shellcheck shell=sh
# words.sh TEXT SECONDS: prints the words of a text one after the other.
set -euf
text=$1 delay=$2
# shellcheck disable=SC2086
set -- $text
total=$# done=0
for word; do
    done=$((done + 1))
    if [ "$done" -lt "$total" ]; then
        printf '%s ' "$word"
    else
        printf '%s\n' "$word"
    fi
    # A tenth at a time is enough to see.
    if [ $((done * 10 / total)) -ne $(((done - 1) * 10 / total)) ]; then
        stepwire report progress --done "$done" --total "$total" --unit words
    fi
    sleep "$delay"
done
