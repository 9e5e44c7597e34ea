# shellcheck shell=sh
# What the three steps of the wallpaper pipeline share. Sourced, not run.
#
# The pictures a user has may be called anything. ImageMagick reads `[`, `%`, `:`
# and `@` in a file name as instructions, so it never sees the user's name: it is
# handed a link called `in` in a folder of our own, with the format, found from the
# file's first bytes, said in front of it.

# Largest picture taken, in megapixels. It is judged by the header alone.
max_megapixels=100

tmp=            # our folder for temporary files, once make_temp has run
child=          # the program being waited for
pending=        # a file half written beside the one which it is to replace

cleanup() {
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
        child=
    fi
    if [ -n "$pending" ]; then rm -f -- "$pending"; fi
    if [ -n "$tmp" ]; then
        cd / || :
        rm -rf -- "$tmp"
        tmp=
    fi
}

trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# The one sentence a failed step ends with.
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# progress FRACTION MESSAGE: the message is ours, so it needs no escaping.
progress() {
    printf '{"progress":%s,"message":"%s"}\n' "$1" "$2"
}

# A file name as it can stand in a line of text.
shown() {
    printf '%s' "$1" | LC_ALL=C tr '[:cntrl:]' '?'
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Sets `file` to the absolute form of $1. Not through $(...), which would eat the
# newlines at the end of a name.
take_file() {
    case ${1-} in
        '') fail "no picture was named" ;;
        /*) file=$1 ;;
        *) file=$PWD/$1 ;;
    esac
    if [ ! -e "$file" ]; then
        if [ -L "$file" ]; then
            fail "$(shown "$file"): a link to a file which is not there"
        fi
        fail "$(shown "$file"): there is no such file"
    fi
    if [ -d "$file" ]; then fail "$(shown "$file"): a folder, not a picture"; fi
    if [ ! -f "$file" ]; then fail "$(shown "$file"): not a regular file"; fi
    if [ ! -r "$file" ]; then fail "$(shown "$file"): no permission to read the file"; fi
    if [ ! -s "$file" ]; then fail "$(shown "$file"): the file is empty"; fi
}

# Sets `out`, the folder for results.
make_out() {
    case ${XDG_CACHE_HOME-} in
        /*) out=$XDG_CACHE_HOME ;;      # a relative one is to be ignored
        *)
            if [ -z "${HOME-}" ]; then fail "neither XDG_CACHE_HOME nor HOME is set"; fi
            out=$HOME/.cache
            ;;
    esac
    out=$out/stepwire/wallpaper
    if ! mkdir -p -- "$out" 2>/dev/null; then
        fail "$(shown "$out"): the folder for the results cannot be made"
    fi
}

# Sets `tmp` and goes there.
make_temp() {
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/stepwire-wallpaper.XXXXXX" 2>/dev/null) || {
        tmp=
        fail "$(shown "${TMPDIR:-/tmp}"): no temporary folder can be made there"
    }
    cd "$tmp" || fail "$(shown "$tmp"): the temporary folder cannot be entered"
    tmp=$(pwd -P)
    # A killed ImageMagick leaves its scratch files: let them lie where we clean up.
    MAGICK_TMPDIR=$tmp
    export MAGICK_TMPDIR
}

# Runs a program with its output in the files `said` and `err` and sets `status`.
# It runs behind `wait`, because a shell answers a signal only then: else a cancel
# would last until the program is done.
run() {
    "$@" </dev/null >"$tmp/said" 2>"$tmp/err" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=
}

# install_file NEW OLD: puts NEW in the place of OLD in one step, so that OLD is at
# any time either the former result or the new one, whole.
install_file() {
    pending=$2.$$.tmp
    if ! { cp -- "$1" "$pending" && mv -f -- "$pending" "$2"; } 2>/dev/null; then
        fail "$(shown "$2"): cannot be written"
    fi
    pending=
}

# Sets `im`. Something else called convert may come first on the PATH, so only a
# program which says that it is ImageMagick counts.
find_imagemagick() {
    for im in magick convert-im6.q16 /usr/bin/convert convert convert-im7.q16 \
        convert-im6.q16hdri convert-im7.q16hdri convert-im6 convert-im7 \
        /usr/local/bin/magick /usr/local/bin/convert; do
        have "$im" || continue
        case $(timeout 5 "$im" -version 2>/dev/null </dev/null || :) in
            'Version: ImageMagick'*) return 0 ;;
        esac
    done
    fail "ImageMagick was not found: install the package imagemagick"
}

# bytes OFFSET COUNT: that part of `file` as decimal numbers.
bytes() {
    od -An -v -tu1 -j "$1" -N "$2" -- "$file" 2>/dev/null | tr '\n' ' '
}

# Sets `format` from the first bytes, whatever the name ends in.
find_format() {
    format=
    # shellcheck disable=SC2046  # split into numbers
    set -- $(bytes 0 16)
    case "$* " in
        '255 216 255 '*) format=jpeg ;;
        '137 80 78 71 13 10 26 10 '*) format=png ;;
        '71 73 70 56 '*) format=gif ;;
        '82 73 70 70 '*' 87 69 66 80 '*) format=webp ;;
        '66 77 '*' 0 0 0 0 '*) format=bmp ;;
        '73 73 42 0 '* | '77 77 0 42 '*) format=tiff ;;
        '255 10 '* | '0 0 0 12 74 88 76 32 13 10 135 10 '*) format=jxl ;;
        *' 102 116 121 112 97 118 105 '*) format=avif ;;
        *' 102 116 121 112 '*' 104 101 105 '* | *' 102 116 121 112 '*' 109 105 102 49 '*) format=heic ;;
        *) fail "$(shown "$file"): not a picture (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC and JPEG XL are taken)" ;;
    esac
}

# Sets `width` and `height` from the header, both 0 when it cannot be followed.
find_size() {
    width=0
    height=0
    case $format in
        png)
            # shellcheck disable=SC2046
            set -- $(bytes 16 8)
            [ $# -eq 8 ] || damaged
            # ImageMagick and all others stop at 2^31.
            if [ "$1" -ge 128 ] || [ "$5" -ge 128 ]; then damaged; fi
            width=$(($1 * 16777216 + $2 * 65536 + $3 * 256 + $4))
            height=$(($5 * 16777216 + $6 * 65536 + $7 * 256 + $8))
            ;;
        gif)
            # shellcheck disable=SC2046
            set -- $(bytes 6 4)
            [ $# -eq 4 ] || damaged
            width=$(($1 + $2 * 256))
            height=$(($3 + $4 * 256))
            ;;
        jpeg)
            # From segment to segment until the frame header.
            at=2
            hops=0
            while [ $hops -lt 500 ]; do
                hops=$((hops + 1))
                # shellcheck disable=SC2046
                set -- $(bytes $at 9)
                [ $# -ge 4 ] || damaged 'it ends within its header'
                [ "$1" -eq 255 ] || return 0
                case $2 in
                    255) at=$((at + 1)) ;;                              # filling
                    1 | 208 | 209 | 21[0-6]) at=$((at + 2)) ;;          # no length
                    217 | 218) return 0 ;;
                    196 | 200 | 204) at=$((at + 2 + $3 * 256 + $4)) ;;
                    19[2-9] | 20[0-7])
                        [ $# -eq 9 ] || damaged 'it ends within its header'
                        height=$(($6 * 256 + $7))
                        width=$(($8 * 256 + $9))
                        return 0
                        ;;
                    *) at=$((at + 2 + $3 * 256 + $4)) ;;
                esac
            done
            ;;
        *)
            run timeout 20 "$im" -ping "$format:in[0]" -format '%w %h\n' info:
            if [ "$status" -ne 0 ]; then explain; fi
            read -r width height <"$tmp/said" || :
            case $width$height in '' | *[!0-9]*) width=0 height=0 ;; esac
            ;;
    esac
}

damaged() {
    fail "$(shown "$file"): the picture is truncated or damaged${1:+: $1}"
}

# The check each step makes for itself, as they run side by side. What only decoding
# can show is left to `decoded`.
check_picture() {
    ln -s -- "$file" in
    find_format
    find_size
    if [ "$width" -gt 0 ] && [ "$height" -gt 0 ]; then
        # Rounded up, lest a picture just over the limit be called as large as it.
        megapixels=$(((width * height + 999999) / 1000000))
        if [ $megapixels -gt $max_megapixels ]; then
            fail "$(shown "$file"): $megapixels megapixels (${width}x$height) is more than the $max_megapixels this pipeline takes"
        fi
    fi
}

# Reasons for which a picture counts as damaged although ImageMagick goes on and
# ends well: it only warns of a file which ends too early and makes the rest grey.
# Not among them are harmless ones (odd profiles, unknown tags, stray bytes).
damage='premature end|bad huffman|corrupt image|insufficient image data|unexpected end|read error|crc error|idat|truncated|bogus|not enough|invalid code|unexpected marker|unsupported marker'

# To be called after ImageMagick has read the picture: tells of what went wrong.
decoded() {
    if [ "$status" -ne 0 ] || LC_ALL=C grep -qiE "$damage" "$tmp/err"; then explain; fi
}

# explain [VARIANT]: what ImageMagick said of the picture, or, the picture being read,
# of a variant of it, in words for the user.
# shellcheck disable=SC2120  # its argument comes from another file
explain() {
    said=$(LC_ALL=C tr '[:upper:]' '[:lower:]' <"$tmp/err")
    size=
    if [ "${width:-0}" -gt 0 ]; then size=" (${width}x$height)"; fi
    name=$(shown "$file")
    if [ "$status" -ge 128 ]; then
        fail "$name: ImageMagick was ended by signal $((status - 128))"
    fi
    case $said in
        # First: what is left of such a picture may look too large.
        *'premature end of jpeg file'*)
            damaged 'premature end of JPEG file' ;;
        *'no space left'* | *'unable to write'* | *'unable to extend'*)
            fail "$(shown "${TMPDIR:-/tmp}"): not enough room there to work on the picture" ;;
        *'width or height exceeds limit'*)
            fail "$name: the picture$size is wider or higher than ImageMagick's policy on this machine allows" ;;
        *'cache resources exhausted'* | *'memory allocation failed'* | *'unable to persist'*)
            fail "$name: the picture$size is larger than ImageMagick's policy on this machine allows" ;;
        *'not authorized'* | *'security policy'*)
            fail "$name: ImageMagick's policy on this machine forbids $format pictures" ;;
        *'no decode delegate'* | *'no encode delegate'* | *'unable to load module'*)
            fail "$name: the ImageMagick on this machine cannot read $format pictures" ;;
    esac
    # For a PNG past a limit it says nothing of the limit: ask for it.
    if [ -z "${1-}" ] && [ "${width:-0}" -gt 0 ] && timeout 5 "$im" -list resource 2>/dev/null </dev/null |
        LC_ALL=C awk -v w="$width" -v h="$height" '
            function number(s) { return s * (s ~ /K/ ? 1000 : s ~ /M/ ? 1000000 : s ~ /G/ ? 1000000000 : 1) }
            tolower($1) == "width:" && number($2) > 0 && w > number($2) { over = 1 }
            tolower($1) == "height:" && number($2) > 0 && h > number($2) { over = 1 }
            END { exit over ? 0 : 1 }'
    then
        fail "$name: the picture$size is wider or higher than ImageMagick's policy on this machine allows"
    fi
    # Else its own words for it, less its name, our link's and its source line.
    why=$(LC_ALL=C grep -iE "$damage|improper|not a " "$tmp/err" | sed -e '2,$d' \
        -e 's/^[^ ]*: //' -e "s/ [\`'\"].*//" -e 's/ @ .*//' -e 's/[[:cntrl:]]/?/g') || :
    if [ -n "${1-}" ]; then fail "$name: the variant $1 could not be made${why:+: $why}"; fi
    damaged "$why"
}

# encode KIND TEXT: the text byte by byte as a JSON string (json), a word of the
# shell (sh) or the path of a URI (uri). Through od, because awk would take the
# backslashes of a variable for escapes and newlines for ends of lines. In JSON, which
# has no bytes, what is not UTF-8 becomes U+FFFD.
encode() {
    printf '%s' "$2" | od -An -v -tu1 | LC_ALL=C awk -v kind="$1" '
        function u(c) { return sprintf("\\u%04x", c) }
        # The length of the UTF-8 sequence at i, 0 if there is none; its character in code.
        function sequence(i,    c, k, more, least) {
            c = b[i]
            if (c >= 194 && c <= 223) { more = 1; code = c - 192; least = 128 }
            else if (c >= 224 && c <= 239) { more = 2; code = c - 224; least = 2048 }
            else if (c >= 240 && c <= 244) { more = 3; code = c - 240; least = 65536 }
            else return 0
            for (k = 1; k <= more; k++) {
                if (i + k > n || b[i + k] < 128 || b[i + k] > 191) return 0
                code = code * 64 + b[i + k] - 128
            }
            if (code < least || code > 1114111 || (code >= 55296 && code <= 57343)) return 0
            return more + 1
        }
        { for (i = 1; i <= NF; i++) b[++n] = $i + 0 }
        END {
            if (kind == "json") printf "\""
            if (kind == "sh") printf "%c", 39
            for (i = 1; i <= n; i++) {
                c = b[i]
                if (kind == "sh") {
                    if (c == 39) printf "%c\\%c%c", 39, 39, 39
                    else printf "%c", c
                } else if (kind == "uri") {
                    if ((c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) ||
                        c == 45 || c == 46 || c == 47 || c == 95 || c == 126) printf "%c", c
                    else printf "%%%02X", c
                } else if (c == 34 || c == 92) printf "\\%c", c
                else if (c < 32 || c == 127) printf "%s", u(c)
                else if (c < 127) printf "%c", c
                else {
                    l = sequence(i)
                    if (l == 0) { printf "%s", u(65533); continue }
                    i += l - 1
                    if (code < 65536) printf "%s", u(code)
                    else {
                        code -= 65536
                        printf "%s%s", u(55296 + int(code / 1024)), u(56320 + code % 1024)
                    }
                }
            }
            if (kind == "json") printf "\""
            if (kind == "sh") printf "%c", 39
        }'
}
