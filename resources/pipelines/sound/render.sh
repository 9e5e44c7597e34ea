# shellcheck shell=sh
# render.sh CODE SECONDS RATE: renders a pattern with sox and hands over the file as the custom event `result`.
#
# What is in CODE comes from anybody: it is only ever taken apart by awk, which lets through words that it knows.
set -euf
code=$1 seconds=$2 rate=$3

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

command -v sox >/dev/null || fail 'sox is not installed'
{ [ "$rate" -ge 8000 ] && [ "$rate" -le 96000 ]; } || fail "sample_rate is $rate, expected 8000 to 96000"

# One line a slot of a cycle: its name, then what sox synthesises. First gain, seconds a cycle and how many cycles.
plan=$(printf '%s' "$code" | awk -v seconds="$seconds" '
function die(why) { print why > "/dev/stderr"; failed = 1; exit 1 }
function number(name, otherwise,    rest) {
    if (!match(text, "[.]" name "[(] *[0-9.]+ *[)]")) return otherwise
    rest = substr(text, RSTART, RLENGTH); gsub(/[^0-9.]/, "", rest); sub(/^[.]/, "", rest)
    return rest + 0
}
function note(word,    at, name) {
    if (word !~ /^[a-g][#b]?[0-8]$/) die("there is no note " word ", expected such as c4, d#4 or eb4")
    at = index("c d ef g a b", substr(word, 1, 1)) - 1
    if (word ~ /#/) at++
    if (word ~ /^.b/) at--
    return "pluck %" (at - 9 + 12 * (substr(word, length(word)) - 4))
}
{ text = text $0 "\n" }
END {
    if (failed) exit 1
    if (seconds + 0 <= 0 || seconds + 0 > 600) die("duration is " seconds ", expected up to 600 seconds")
    sound["bd"] = "sine 150-45"; sound["sd"] = "whitenoise"; sound["hh"] = "whitenoise highpass"
    sound["oh"] = "pinknoise highpass"; sound["cp"] = "brownnoise"; sound["rim"] = "square 1700"
    sound["lt"] = "sine 110-70"; sound["mt"] = "sine 165-105"; sound["ht"] = "sine 220-140"
    if (match(text, /s[(] *["\x27`][^"\x27`]*["\x27`] *[)]/)) kind = "s"
    else if (match(text, /note[(] *["\x27`][^"\x27`]*["\x27`] *[)]/)) kind = "note"
    else die("there is no pattern, expected s(\"bd sd\") or note(\"c4 e4\")")
    words = substr(text, RSTART, RLENGTH)
    sub(/^[a-z]+[(] *["\x27`]/, "", words); sub(/["\x27`] *[)]$/, "", words)
    count = split(words, slot, " ")
    if (count < 1 || count > 64) die("the pattern has " count " words, expected 1 to 64")
    gain = number("gain", 1); cps = number("cps", 0.5)
    if (gain > 1) die("gain is " gain ", expected 0 to 1")
    if (cps < 0.05 || cps > 8) die("cps is " cps ", expected 0.05 to 8")
    cycles = int(seconds * cps); if (cycles < seconds * cps) cycles++
    printf "%s %.6f %d\n", gain, 1 / (cps * count), cycles
    for (i = 1; i <= count; ++i) {
        if (slot[i] == "~") print "rest"
        else if (kind == "note") print slot[i], note(slot[i])
        else if (slot[i] in sound) print slot[i], sound[slot[i]]
        else die("there is no sound " slot[i] ", expected bd sd hh oh cp rim lt mt ht")
    }
}') || exit 1

folder=$(mktemp -d "${TMPDIR:-/tmp}/stepwire-sound.XXXXXX")
trap 'rm -rf -- "$folder"' EXIT
trap 'exit 143' TERM INT HUP

{ read -r gain slot cycles; cat >"$folder/slots"; } <<EOF
$plan
EOF
slots=$(wc -l <"$folder/slots")
total=$((slots + cycles + 1)) done=0

tell() {
    done=$((done + 1))
    stepwire report progress --done "$done" --total "$total" --message "$1"
}

raw="-t raw -r $rate -c 2 -b 16 -e signed-integer"
: >"$folder/cycle" && : >"$folder/all"
while read -r name kind what more; do
    if [ "$name" = rest ]; then
        # shellcheck disable=SC2086
        sox -V1 -n $raw "$folder/slot" trim 0 "$slot"
    else
        # shellcheck disable=SC2086
        case $kind in
        *noise) sox -V1 -n $raw "$folder/slot" synth 0.12 "$kind" ${what:+highpass 7000} fade l 0 0.12 0.1 pad 0 "$slot" trim 0 "$slot" ;;
        pluck) sox -V1 -n $raw "$folder/slot" synth 1 pluck "$what" fade l 0 1 0.2 pad 0 "$slot" trim 0 "$slot" ;;
        *) sox -V1 -n $raw "$folder/slot" synth 0.25 "$kind" "$what" $more fade l 0 0.25 0.2 pad 0 "$slot" trim 0 "$slot" ;;
        esac
    fi
    cat "$folder/slot" >>"$folder/cycle"
    tell "$name"
done <"$folder/slots"

cycle=0
while [ "$cycle" -lt "$cycles" ]; do
    cat "$folder/cycle" >>"$folder/all"
    cycle=$((cycle + 1))
    tell "cycle $cycle"
done

# Beside the step's own output: it goes when the job is forgotten.
file=$STEPWIRE_OUTPUT.wav
# shellcheck disable=SC2086
sox -V1 $raw "$folder/all" "$file" trim 0 "$seconds" vol "$gain"
tell "$(basename "$file")"
name=$(printf '%s' "$file" | sed 's/[\\"]/\\&/g')
stepwire emit result "{\"file\":\"$name\",\"format\":\"wav\",\"duration\":$seconds,\"sampleRate\":$rate,\"channels\":2,\"fileSize\":$(wc -c <"$file")}"
printf '%s\n' "$file"
