#!/bin/sh
# Makes six variants of a picture, at its own size:
#   effects/{blur,dim,grayscale,negate,sepia,vignette}.jpg
# in the folder for results (see common.sh). Names and format stay the same for every
# picture; what is transparent in it is laid over black, as in colorscheme.sh.
set -eu
umask 022
here=$(dirname -- "$0")
# shellcheck source=common.sh
. "$here/common.sh"

# Pictures with more pixels than this (8K: 7680x4320) are worked on shrunk to it:
# Debian's ImageMagick may use 256 MiB of memory and 1 GiB of disk, which is filled by
# one picture of 100 megapixels, and no screen shows more.
max_pixels=33177600

take_file "${1-}"
make_out
find_imagemagick
make_temp
check_picture
if ! mkdir -p -- "$out/effects" 2>/dev/null; then
    fail "$(shown "$out/effects"): the folder for the results cannot be made"
fi

progress 0 'reading the picture'

# The picture is decoded once, to plain pixels, from which the variants are made. Without
# its profiles: they would not fit the pixels after a change of colours.
scale=
if [ $((width * height)) -gt $max_pixels ]; then
    scale=$(LC_ALL=C awk -v w="$width" -v h="$height" -v max=$max_pixels 'BEGIN {
        f = sqrt(max / (w * h)); W = int(w * f); H = int(h * f)
        printf "%dx%d!", W < 1 ? 1 : W, H < 1 ? 1 : H }')
fi
# shellcheck disable=SC2086  # nothing, or an option with its value
run "$im" "$format:in[0]" +repage ${scale:+-scale $scale} \
    -background black -alpha remove -alpha off -colorspace sRGB -strip -depth 8 \
    -write ppm:source -format '%w %h %[orientation]\n' info:
decoded
width=0 height=0 orientation=
read -r width height orientation <said || :
if [ "$width" -eq 0 ] || [ ! -s source ]; then damaged; fi

# A camera held upright notes so instead of turning the pixels. Turned in a run of its
# own, since two copies of a large picture do not fit (see above).
case $orientation in
    '' | Undefined | TopLeft) ;;
    *)
        run "$im" ppm:source -orient "$orientation" -auto-orient +repage \
            -write ppm:turned -format '%w %h\n' info:
        decoded
        read -r width height <said
        mv -f turned source
        ;;
esac

# The mask of the vignette is 96x54 and is enlarged with a smooth filter. One made at
# full size takes half a minute for a 4K picture.
LC_ALL=C awk 'BEGIN {
    w = 96; h = 54
    print "P2 " w " " h " 65535"
    for (y = 0; y < h; y++) for (x = 0; x < w; x++) {
        dx = (x + 0.5) / w * 2 - 1; dy = (y + 0.5) / h * 2 - 1
        t = (sqrt((dx * dx + dy * dy) / 2) - 0.3) / 0.75
        if (t < 0) t = 0
        if (t > 1) t = 1
        printf "%d\n", 65535 * (1 - 0.82 * t * t * (3 - 2 * t))
    }
}' >mask

full="${width}x$height!"
# variant NUMBER NAME OPTION...
variant() {
    number=$1
    variant=$2
    shift 2
    progress "$(fraction $((number - 1)))" "$variant"
    run "$im" ppm:source "$@" -quality 90 "jpeg:$variant.jpg"
    if [ "$status" -ne 0 ] || [ ! -s "$variant.jpg" ]; then explain "$variant"; fi
    progress "$(fraction "$number")" "$variant"
}

# The number of variants done as a fraction of all.
fraction() {
    case $1 in
        0) echo 0 ;;
        1) echo 0.1667 ;;
        2) echo 0.3333 ;;
        3) echo 0.5 ;;
        4) echo 0.6667 ;;
        5) echo 0.8333 ;;
        *) echo 1 ;;
    esac
}

# Blurred small and enlarged smoothly, which looks as if blurred by 32 pixels in a 4K
# picture and takes a tenth of the time.
variant 1 blur -scale '480x480>' -blur 0x4 -filter Cubic -resize "$full"
variant 2 dim -evaluate multiply 0.55
variant 3 grayscale -colorspace Gray
variant 4 negate -negate
variant 5 sepia -color-matrix '0.393 0.769 0.189 0.349 0.686 0.168 0.272 0.534 0.131'
variant 6 vignette '(' pgm:mask -filter Cubic -resize "$full" ')' -compose multiply -composite

# Only now, so that a run which fails or is cancelled leaves the former six.
for name in blur dim grayscale negate sepia vignette; do
    install_file "$name.jpg" "$out/effects/$name.jpg"
done
echo '6 variants'
