#!/bin/sh
# Draws dunes.jpg, the sample picture: sand dunes under a dusk sky, 1920x1080.
# Needs awk and ImageMagick; takes some ten seconds. make-dunes.sh [OUTPUT]
set -eu
cd -- "$(dirname -- "$0")"
out=${1:-dunes.jpg}
im=
for candidate in magick convert-im6.q16 /usr/bin/convert convert; do
    case $("$candidate" -version 2>/dev/null) in
        'Version: ImageMagick'*) im=$candidate; break ;;
    esac
done
[ -n "$im" ] || { echo 'ImageMagick was not found: install the package imagemagick' >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT

LC_ALL=C awk '
function clamp(x) { return x < 0 ? 0 : x > 1 ? 1 : x }
function smooth(a, b, x) { x = clamp((x - a) / (b - a)); return x * x * (3 - 2 * x) }
# Soft irregular waves, about -1..1.
function wave(x, p) { return 0.5 * sin(x + p) + 0.3 * sin(x * 2.17 + p * 1.7 + 1.3) + 0.2 * sin(x * 4.31 + p * 2.9 + 0.4) }

# A stop of the sky, from the top down.
function stop(at, r, g, b) { stops++; SA[stops] = at; SR[stops] = r; SG[stops] = g; SB[stops] = b }

# A row of dunes: where its crests stand (in widths of the picture) and how high.
function row(base, crests, heights, lean, r, g, b, dr, dg, db, haze) {
    rows++
    BASE[rows] = base; N[rows] = split(crests, c, " "); split(heights, h, " ")
    for (j = 1; j <= N[rows]; j++) { X[rows, j] = c[j]; A[rows, j] = h[j] }
    LEAN[rows] = lean; HAZE[rows] = haze
    LR[rows] = r; LG[rows] = g; LB[rows] = b; DR[rows] = dr; DG[rows] = dg; DB[rows] = db
}

BEGIN {
    W = 1920; H = 1080
    stop(0.00, 38, 40, 78); stop(0.16, 66, 60, 106); stop(0.30, 120, 86, 128)
    stop(0.42, 190, 122, 132); stop(0.50, 236, 162, 130); stop(0.56, 250, 200, 152); stop(0.62, 253, 220, 176)
    sun_x = 0.70; sun_y = 0.540

    # base, crests, heights, lean, lit colour, shaded colour, haze
    row(0.585, "-0.2 0.07 0.24 0.43 0.60 0.79 0.93 1.15", "0.02 0.030 0.018 0.034 0.020 0.030 0.022 0.03", 0.2, 226, 158, 124, 150, 98, 112, 0.62)
    row(0.635, "-0.3 0.13 0.36 0.68 0.97 1.3", "0.04 0.046 0.030 0.056 0.034 0.05", 0.4, 224, 146, 104, 120, 74, 92, 0.40)
    row(0.720, "-0.4 0.30 0.82 1.4", "0.06 0.105 0.070 0.08", 0.75, 218, 132, 84, 88, 53, 74, 0.20)
    row(0.870, "-0.55 0.06 0.60 1.25", "0.06 0.075 0.125 0.08", 1.0, 204, 116, 70, 64, 40, 60, 0.07)
    row(1.020, "-0.7 0.20 0.93 1.8", "0.06 0.110 0.085 0.08", 1.2, 176, 94, 60, 44, 29, 48, 0.0)

    print "P3"; print W, H; print 255
    for (y = 0; y < H; y++) {
        v = y / H
        for (s = 1; s < stops - 1 && v > SA[s + 1]; s++) ;
        t = smooth(SA[s], SA[s + 1], v) * 0.5 + clamp((v - SA[s]) / (SA[s + 1] - SA[s])) * 0.5
        sr = SR[s] + (SR[s + 1] - SR[s]) * t; sg = SG[s] + (SG[s + 1] - SG[s]) * t; sb = SB[s] + (SB[s + 1] - SB[s]) * t
        line = ""
        for (x = 0; x < W; x++) {
            u = x / W
            # The nearest row which reaches up to here.
            for (k = rows; k >= 1; k--) {
                if (v < BASE[k] - 0.14) continue
                n = N[k]
                for (j = 1; j < n - 1 && u > X[k, j + 1]; j++) ;
                span = X[k, j + 1] - X[k, j]
                q = (u - X[k, j]) / span
                # Down from the crest behind, over a long trough, up to the next one.
                f = exp(-q * 3.4) * A[k, j] * (1 - q) + A[k, j + 1] * q * q * (0.62 + 0.38 * q)
                top = BASE[k] - f - 0.004 * wave(u * (9 + 3 * k), k * 2.1)
                if (v >= top) break
            }
            if (k < 1) {
                dx = (u - sun_x) * 1.7778; dy = v - sun_y
                d = sqrt(dx * dx + dy * dy * 1.6)
                glow = exp(-d * 4.6) * 0.75
                disc = exp(-d * d * 520) * 0.85
                # Thin streaks of cloud, lit from below.
                streak = wave(v * 46 + wave(u * 3.1, 1.0) * 1.6, 0.6) * wave(u * 2.3 + v * 9, 2.2)
                cloud = smooth(0.10, 0.62, streak) * smooth(0.10, 0.30, v) * (1 - smooth(0.44, 0.54, v)) * 0.32
                r = sr + (255 - sr) * glow; g = sg + (186 - sg) * glow; b = sb + (132 - sb) * glow
                r += (244 - r) * cloud; g += (158 - g) * cloud; b += (140 - b) * cloud
                r += (255 - r) * disc; g += (243 - g) * disc; b += (214 - b) * disc
            } else {
                d = v - top
                # The edge winds down from each crest towards the eye; right of it the sun
                # falls on the sand, left of it the slope lies in its own shade.
                shift = LEAN[k] * (0.75 * d + 0.055 * sin(d * 13 + k) * smooth(0, 0.10, d) + 0.02 * wave(d * 16, k))
                for (j = 1; j < n && u > X[k, j + 1] - shift; j++) ;
                a = X[k, j] - shift; z = X[k, j + 1] - shift
                q = clamp((u - a) / (z - a))
                lit = (1 - q) * (1 - q) * 0.62 + 0.38 * (1 - smooth(0.30, 0.96, q))
                edge = 0.0016 + d * 0.014
                lit *= smooth(-edge, edge, u - a + edge)
                # A rim of light along the top.
                rim = exp(-d * 260) * 0.16
                lit = clamp(0.05 + lit * 0.98 + rim + 0.035 * wave(u * 11 + d * 23, k))
                # Ripples of the wind, finer and fainter with distance.
                if (k >= 3) {
                    p = d / (0.05 + d) * 100 * (1.35 - 0.13 * k)
                    ripple = sin(p * (5.2 - 0.5 * k) + 7 * wave(u * 5 + d * 3, k) + 0.9 * wave(u * 34, d * 9))
                    lit = clamp(lit + ripple * 0.030 * smooth(0.01, 0.10, d) * (k - 2) / 3 * (0.35 + lit))
                }
                fall = 1 - 0.30 * smooth(0.03, 0.40, d)
                r = (DR[k] + (LR[k] - DR[k]) * lit) * fall
                g = (DG[k] + (LG[k] - DG[k]) * lit) * fall
                b = (DB[k] + (LB[k] - DB[k]) * lit) * fall
                # Towards the sun the air is brighter, and dust lies in the troughs.
                near = exp(-(u - sun_x) * (u - sun_x) * 9)
                m = HAZE[k] * (0.60 + 0.40 * near) * (0.80 + 0.5 * smooth(0, 0.07, d))
                m = clamp(m)
                r += (238 + 14 * near - r) * m; g += (172 + 26 * near - g) * m; b += (142 + 16 * near - b) * m
            }
            line = line int(r + 0.5) " " int(g + 0.5) " " int(b + 0.5) " "
        }
        print line
    }
}' >"$tmp/dunes.ppm"

# A little softness, grain and darker corners, as a lens and a film give.
"$im" "ppm:$tmp/dunes.ppm" -blur 0x0.7 \
    '(' -size 1920x1080 xc:gray50 -seed 7 -attenuate 0.20 +noise Gaussian -colorspace Gray -blur 0x0.5 ')' \
    -compose Overlay -composite \
    '(' -size 192x108 radial-gradient:white-gray76 -resize '1920x1080!' ')' \
    -compose Multiply -composite \
    -strip -sampling-factor 4:2:0 -interlace Plane -quality 86 "jpeg:$tmp/dunes.jpg"
cp -- "$tmp/dunes.jpg" "$out"
