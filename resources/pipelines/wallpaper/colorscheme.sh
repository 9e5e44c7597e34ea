#!/bin/sh
# Makes a scheme of 16 colours from a picture, for terminals and the like:
#   colors.json  with the keys of pywal's file of this name
#   colors.css   custom properties
#   colors.sh    variables of the shell
# in the folder for results (see common.sh). What is transparent in the picture is laid
# over black, as in effects.sh.
set -eu
umask 022
here=$(dirname -- "$0")
# shellcheck source=common.sh
. "$here/common.sh"

take_file "${1-}"
make_out
find_imagemagick
make_temp
check_picture

progress 0.05 'reading the picture'

# Shrunk (a JPEG while it is being decoded), and brought down to 40 colours by nearness
# in CIE Lab, for awk to choose from. The text form of PPM has the same look in
# every version of ImageMagick.
run "$im" -define jpeg:size=320x320 "$format:in[0]" +repage \
    -background black -alpha remove -alpha off -colorspace sRGB -strip \
    -thumbnail '128x128>' -quantize Lab +dither -colors 40 \
    -depth 8 -compress none ppm:pixels
decoded
if [ ! -s pixels ]; then damaged; fi

progress 0.6 'choosing colours'

# Reads the PPM, prints "NAME #rrggbb" for background, foreground and color0..color15.
# Lightness L, chroma C and hue h are those of OKLab, in which equal steps look equal.
LC_ALL=C awk '
function linear(c) { c /= 255; return c <= 0.04045 ? c / 12.92 : exp(2.4 * log((c + 0.055) / 1.055)) }
function coded(x) { return x <= 0.0031308 ? 12.92 * x : 1.055 * exp(log(x) / 2.4) - 0.055 }
function root3(x) { return x <= 0 ? 0 : exp(log(x) / 3) }
function clamp(x, low, high) { return x < low ? low : x > high ? high : x }
# The way from hue b to hue a, -180..180.
function turn(a, b,    d) { d = (a - b) % 360; if (d > 180) d -= 360; if (d <= -180) d += 360; return d }
function abs(x) { return x < 0 ? -x : x }
function hue_of(a, b,    h) { h = atan2(b, a) * 180 / pi; return h < 0 ? h + 360 : h }

# An sRGB colour to okL, okA, okB.
function to_ok(r, g, b,    l, m, s) {
    r = linear(r); g = linear(g); b = linear(b)
    l = root3(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m = root3(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = root3(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    okL = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    okA = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    okB = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
}

# Sets the colour called name, with as much of the chroma as sRGB has at that lightness.
function set_colour(name, L, C, h,    a, b, l, m, s, r, g, bl) {
    L = clamp(L, 0, 1)
    for (;;) {
        a = C * cos(h * pi / 180); b = C * sin(h * pi / 180)
        l = L + 0.3963377774 * a + 0.2158037573 * b
        m = L - 0.1055613458 * a - 0.0638541728 * b
        s = L - 0.0894841775 * a - 1.2914855480 * b
        l = l * l * l; m = m * m * m; s = s * s * s
        r = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
        g = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
        bl = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
        if (C < 0.001 || (r > -0.0005 && g > -0.0005 && bl > -0.0005 && r < 1.0005 && g < 1.0005 && bl < 1.0005)) break
        C *= 0.96
    }
    r = int(255 * coded(clamp(r, 0, 1)) + 0.5)
    g = int(255 * coded(clamp(g, 0, 1)) + 0.5)
    bl = int(255 * coded(clamp(bl, 0, 1)) + 0.5)
    hex[name] = sprintf("#%02x%02x%02x", r, g, bl)
    light[name] = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(bl)
}

# The contrast of WCAG 2 between two colours set before.
function contrast(x, y) {
    x = light[x] + 0.05; y = light[y] + 0.05
    return x > y ? x / y : y / x
}

# Sets a colour, lighter as needed for the contrast to the background.
function set_readable(name, L, C, h, least) {
    set_colour(name, L, C, h)
    while (contrast(name, "background") < least && L < 1) {
        L += 0.01
        set_colour(name, L, C, h)
    }
    return L
}

BEGIN { pi = atan2(0, -1) }
/^#/ { next }
{
    for (i = 1; i <= NF; i++) {
        t++
        if (t < 5) continue         # P3, width, height, 255
        v[(t - 5) % 3] = $i
        if ((t - 5) % 3 == 2) { count[v[0] " " v[1] " " v[2]]++; total++ }
    }
}
END {
    if (total == 0) exit 1
    n = 0
    for (key in count) {
        split(key, p, " ")
        to_ok(p[1] + 0, p[2] + 0, p[3] + 0)
        # In order of share, so that the outcome does not hang on the order of the array.
        share = count[key] / total
        tie = p[1] * 65536 + p[2] * 256 + p[3]
        for (i = n; i >= 1 && (W[i] < share || (W[i] == share && T[i] > tie)); i--) {
            W[i + 1] = W[i]; T[i + 1] = T[i]; PL[i + 1] = PL[i]; PC[i + 1] = PC[i]; PH[i + 1] = PH[i]
        }
        i++
        W[i] = share; T[i] = tie; PL[i] = okL; PC[i] = sqrt(okA * okA + okB * okB); PH[i] = hue_of(okA, okB)
        n++
    }

    # The hue of the picture as a whole, and how colourful its coloured part is.
    for (i = 1; i <= n; i++) {
        sa += W[i] * PC[i] * cos(PH[i] * pi / 180); sb += W[i] * PC[i] * sin(PH[i] * pi / 180)
        if (PC[i] >= 0.03) { sw += W[i]; sc += W[i] * PC[i] }
    }
    main = hue_of(sa, sb)
    coloured = sqrt(sa * sa + sb * sb) >= 0.01
    chroma = clamp(sw > 0 ? sc / sw : 0.06, 0.07, 0.13)

    # Background: a common dark colour, made darker. Foreground: a common light one.
    best = -1
    for (i = 1; i <= n; i++) {
        score = sqrt(W[i]) * (1.1 - PL[i]) * (1.1 - PL[i])
        if (score > best) { best = score; dark = i }
    }
    best = -1
    for (i = 1; i <= n; i++) {
        score = sqrt(W[i]) * PL[i] * PL[i]
        if (score > best) { best = score; bright = i }
    }
    dark_L = clamp(PL[dark] * 0.7, 0.16, 0.23)
    # Near black the least tinge counts as a strong chroma: hold it down there.
    dark_C = clamp(PC[dark] * clamp(PL[dark] / 0.15, 0, 1), 0, 0.035)
    bright_L = clamp(PL[bright], 0.90, 0.94)
    bright_C = clamp(PC[bright] * clamp(PL[bright] / 0.5, 0, 1), 0, 0.03)
    for (;;) {
        set_colour("background", dark_L, dark_C, PH[dark])
        bright_L = set_readable("foreground", bright_L, bright_C, PH[bright], 7)
        if (contrast("foreground", "background") >= 7 || dark_L <= 0) break
        dark_L -= 0.02
    }
    set_colour(0, dark_L, dark_C, PH[dark])
    set_colour(15, bright_L, bright_C, PH[bright])
    set_readable(8, 0.52, clamp(dark_C, 0, 0.03), PH[dark], 3.2)
    set_readable(7, bright_L - 0.09, bright_C, PH[bright], 7)

    # 1..6 are by custom red, green, yellow, blue, magenta and cyan. Where the picture
    # has a colour near enough it is taken; else the place gets its custom hue, drawn a
    # little to the main hue of the picture and as colourful as that is.
    split("25 142 92 258 330 195", custom, " ")
    split("0.67 0.74 0.79 0.68 0.70 0.76", custom_L, " ")

    # Candidates, the most striking first, with hues well apart.
    candidates = 0
    while (candidates < 8) {
        best = 0
        for (i = 1; i <= n; i++) {
            if (PC[i] < 0.03 || PL[i] < 0.12) continue
            score = sqrt(W[i]) * PC[i]
            if (score <= best) continue
            for (k = 1; k <= candidates; k++) if (abs(turn(PH[i], PH[pick[k]])) < 24) break
            if (k > candidates) { best = score; found = i }
        }
        if (best == 0) break
        pick[++candidates] = found
        strength[candidates] = best
    }
    for (;;) {
        best = 50
        for (k = 1; k <= candidates; k++) if (!(k in used)) for (s = 1; s <= 6; s++) if (!(s in from)) {
            d = abs(turn(PH[pick[k]], custom[s]))
            if (d > 45) continue
            d -= 20 * strength[k] / strength[1]
            if (d < best) { best = d; best_k = k; best_s = s }
        }
        if (best == 50) break
        used[best_k] = 1
        from[best_s] = pick[best_k]
    }
    for (s = 1; s <= 6; s++) if (s in from) {
        i = from[s]
        H[s] = PH[i]; C[s] = clamp(PC[i] * 1.1, 0.06, 0.16); L[s] = clamp(PL[i], 0.66, 0.80)
    }
    for (s = 1; s <= 6; s++) if (!(s in from)) {
        h = custom[s]
        if (coloured) h += clamp(turn(main, h) * 0.15, -12, 12)
        # Away from a neighbour which came out of the picture.
        for (k = 1; k <= 6; k++) if (k in from) {
            d = turn(h, H[k])
            if (abs(d) < 28) h = H[k] + (turn(custom[s], H[k]) >= 0 ? 28 : -28)
        }
        H[s] = h; C[s] = chroma; L[s] = custom_L[s]
    }
    for (s = 1; s <= 6; s++) {
        L[s] = set_readable(s, L[s], C[s], H[s], 4.5)
        # The bright one of the pair: lighter until it shows.
        up = L[s] + 0.09
        set_colour(s + 8, up, C[s], H[s])
        while (contrast(s + 8, "background") < 1.15 * contrast(s, "background") && up < 1) {
            up += 0.01
            set_colour(s + 8, up, C[s], H[s])
        }
    }

    # All 16 differ already; should two ever round to one, make the later one lighter.
    for (i = 0; i < 16; i++) for (k = 0; k < i; k++) if (hex[i] == hex[k]) {
        to_ok(0, 0, 0)
        step = 0
        do {
            step += 0.02
            set_colour(i, i == 0 ? dark_L + step : (i == 15 ? bright_L : i == 7 ? bright_L - 0.09 : i == 8 ? 0.55 : i > 8 ? L[i - 8] + 0.09 : L[i]) + step, 0.02 + step / 4, main)
        } while (hex[i] == hex[k] && step < 0.4)
        k = -1
    }

    print "background", hex["background"]
    print "foreground", hex["foreground"]
    print "cursor", hex["foreground"]
    for (i = 0; i < 16; i++) print "color" i, hex[i]
}' pixels >scheme 2>err || fail "$(shown "$file"): awk could not choose the colours: $(head -n 1 err)"

progress 0.85 'writing the scheme'

{
    printf '{\n    "wallpaper": '
    encode json "$file"
    printf ',\n    "special": {\n'
    sed -n -e '1,2s/\(.*\) \(.*\)/        "\1": "\2",/p' -e '3s/\(.*\) \(.*\)/        "\1": "\2"/p' scheme
    printf '    },\n    "colors": {\n'
    sed -n -e '4,18s/\(.*\) \(.*\)/        "\1": "\2",/p' -e '19s/\(.*\) \(.*\)/        "\1": "\2"/p' scheme
    printf '    }\n}\n'
} >colors.json

{
    printf ':root {\n    --wallpaper: url("file://'
    encode uri "$file"
    printf '");\n'
    sed 's/\(.*\) \(.*\)/    --\1: \2;/' scheme
    printf '}\n'
} >colors.css

{
    printf 'wallpaper='
    encode sh "$file"
    printf '\n'
    sed "s/\\(.*\\) \\(.*\\)/\\1='\\2'/" scheme
} >colors.sh

for name in colors.json colors.css colors.sh; do
    install_file "$name" "$out/$name"
done
progress 1 'done'
echo '16 colours'
