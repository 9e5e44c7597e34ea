#!/bin/sh
# Sets the wallpaper:  set.sh PICTURE [BACKEND]
# With the first program that is installed and whose session answers, or with the
# named one only. Exit code 77 with one line of reasons: none was there. 1: one was
# there and failed.
# shellcheck disable=SC2317  # what is called as "use_$name"
set -eu
umask 022
here=$(dirname -- "$0")
# shellcheck source=common.sh
. "$here/common.sh"

backends='hyprpaper swww swaybg plasma gnome xfce feh'

take_file "${1-}"
backend=${2:-auto}
case " auto $backends " in
    *" $backend "*) ;;
    *) fail "$(shown "$backend"): no such way to set the wallpaper (auto, $(echo "$backends" | sed 's/ /, /g'))" ;;
esac
make_out
make_temp

# call SECONDS COMMAND...: runs it for that long at most. Sets `status`, and `reply` to
# all it said.
call() {
    seconds=$1
    shift
    run timeout "$seconds" "$@"
    reply=$(cat said err)
}

# The one line of a reply that says the most, for a sentence of ours.
brief() {
    if [ "$status" -eq 124 ]; then
        echo 'no answer in time'
        return 0
    fi
    line=$(printf '%s\n' "$reply" | LC_ALL=C sed -e 's/[[:cntrl:]]/ /g' -e 's/^ *//' -e 's/ *$//' -e '/^$/d' | tail -n 1)
    printf '%s\n' "${line:-exit code $status}"
}

# plain CHARACTERS: sets `path` to the picture, or where its name has other characters
# than these (as a bracket expression) or those of every plain name, to a link to it.
# For programs which split, expand or decode what they are given. The name of the link
# changes with the picture, as these programs take a name they know for the same picture.
plain() {
    path=$file
    is_plain "$path" "$1" && return 0
    stamp=$({ printf '%s' "$file"; stat -L -c '/%i/%s/%Y' -- "$file" 2>/dev/null || :; } | cksum | cut -d ' ' -f 1)
    case $file in
        *.[Jj][Pp][Gg] | *.[Jj][Pp][Ee][Gg]) ending=jpg ;;
        *.[Pp][Nn][Gg]) ending=png ;;
        *.[Ww][Ee][Bb][Pp]) ending=webp ;;
        *)
            # shellcheck disable=SC2046  # split into numbers
            set -- "$1" $(bytes 0 4)
            case "${2-} ${3-}" in
                '137 80') ending=png ;;
                '82 73') ending=webp ;;
                *) ending=jpg ;;
            esac
            ;;
    esac
    for folder in "$out/links" "${XDG_RUNTIME_DIR:-/nowhere}/stepwire-wallpaper"; do
        is_plain "$folder" "$1" || continue
        mkdir -p -- "$folder" 2>/dev/null || continue
        rm -f -- "$folder"/wallpaper-*
        path=$folder/wallpaper-$stamp.$ending
        ln -s -- "$file" "$path" 2>/dev/null || continue
        return 0
    done
    path=
    why="no folder with a plain name was found to link the picture into"
    return 1
}

is_plain() {
    # shellcheck disable=SC2254  # a pattern on purpose
    case $1 in
        *[!A-Za-z0-9_./$2-]*) return 1 ;;
        */instances* | */rollinglog* | */--batch*) return 1 ;;  # hyprctl takes these for orders
    esac
}

# desktop PATTERN: whether XDG_CURRENT_DESKTOP names it.
desktop() {
    names=$(printf '%s' "${XDG_CURRENT_DESKTOP-}" | LC_ALL=C tr '[:upper:]' '[:lower:]')
    for wanted; do
        case ":$names:" in *"$wanted"*) return 0 ;; esac
    done
    return 1
}

# Whether a process runs; one that has ended and was not yet waited for does not.
alive() {
    case $(ps -o stat= -p "$1" 2>/dev/null) in '' | Z*) return 1 ;; esac
}

wayland_socket() {
    case ${WAYLAND_DISPLAY-} in
        '') return 1 ;;
        /*) [ -S "$WAYLAND_DISPLAY" ] ;;
        *) [ -n "${XDG_RUNTIME_DIR-}" ] && [ -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" ] ;;
    esac
}

# Whether there is a session bus to ask; without one its tools would start their own.
session_bus() {
    [ -n "${DBUS_SESSION_BUS_ADDRESS-}" ] || [ -S "${XDG_RUNTIME_DIR:-/nowhere}/bus" ]
}

# on_bus NAME: whether a program with that name is on the session bus.
on_bus() {
    session_bus || { why='installed, but there is no session bus'; return 1; }
    bus=org.freedesktop.DBus
    if have dbus-send; then
        call 5 dbus-send --session --print-reply --dest="$bus" /org/freedesktop/DBus "$bus.NameHasOwner" "string:$1"
    elif have gdbus; then
        call 5 gdbus call --session --dest "$bus" --object-path /org/freedesktop/DBus --method "$bus.NameHasOwner" "$1"
    elif have busctl; then
        call 5 busctl --user call "$bus" /org/freedesktop/DBus "$bus" NameHasOwner s "$1"
    else
        why='installed, but none of dbus-send, gdbus and busctl is'
        return 1
    fi
    case $reply in
        *true*) [ "$status" -eq 0 ] && return 0 ;;
    esac
    why="installed, but $1 is not on the session bus"
    return 1
}

# Each of the following returns 0 when it has set the wallpaper, 1 when it is not there
# and 2 when it is there and failed, both with the reason in `why`.

use_hyprpaper() {
    have hyprctl || { why='not installed'; return 1; }
    [ -n "${HYPRLAND_INSTANCE_SIGNATURE-}" ] || { why='installed, but not in a Hyprland session'; return 1; }
    call 5 hyprctl monitors
    if [ "$status" -ne 0 ]; then why="installed, but Hyprland does not answer"; return 1; fi
    # A wallpaper for no monitor in particular leaves alone those which have their own.
    monitors=$(sed -n 's/^Monitor \([^ ,]*\) .*/\1/p' said)

    plain '' || return 2
    call 10 hyprctl hyprpaper preload "$path"
    # Up to 0.7 a picture has to be preloaded; later ones do not know the word.
    case $reply in
        *'nknown hyprpaper request'* | *'nvalid hyprpaper request'* | *'nvalid command'*) ;;
        *) hypr_answer || return ;;
    esac
    if [ -z "$monitors" ]; then
        call 10 hyprctl hyprpaper wallpaper ",$path"
        hypr_answer || return
    fi
    for monitor in $monitors; do
        call 10 hyprctl hyprpaper wallpaper "$monitor,$path"
        hypr_answer || return
    done
    call 5 hyprctl hyprpaper unload unused      # lets go of the former pictures
    return 0
}

# Older hyprctl end with 0 whatever was answered.
hypr_answer() {
    case $reply in
        *"ouldn't connect"* | *'ailed to connect'* | *"an't send"*)
            why='installed, but hyprpaper does not run'
            return 1
            ;;
    esac
    if [ "$status" -eq 0 ]; then
        case $reply in '' | ok | OK) return 0 ;; esac
    fi
    why=$(brief)
    return 2
}

# swww has been going on as awww.
use_swww() {
    why='not installed'
    for tool in swww awww; do
        have "$tool" || continue
        call 5 "$tool" query
        if [ "$status" -ne 0 ]; then why="installed, but $tool-daemon does not answer"; continue; fi
        call 20 "$tool" img -- "$file"
        [ "$status" -eq 0 ] && return 0
        why=$(brief)
        return 2
    done
    return 1
}

use_swaybg() {
    have swaybg || { why='not installed'; return 1; }
    if [ -n "${SWAYSOCK-}" ] && have swaymsg; then
        call 5 swaymsg -t get_version
        if [ "$status" -eq 0 ]; then
            # sway puts the words together and expands the path as a shell does. It runs swaybg.
            plain '' || return 2
            call 10 swaymsg -- output '*' bg "$path" fill
            [ "$status" -eq 0 ] && return 0
            why=$(brief)
            return 2
        fi
    fi
    wayland_socket || { why='installed, but no Wayland session answers'; return 1; }
    # It would get in front of, or behind, what these draw themselves.
    if [ "$backend" = auto ] && desktop kde gnome xfce unity budgie cinnamon; then
        why='installed, but not for this desktop'
        return 1
    fi

    note=$out/swaybg-$(printf '%s' "$WAYLAND_DISPLAY" | tr -c 'A-Za-z0-9._-' _)
    former=
    if [ -f "$note.pid" ]; then read -r former <"$note.pid" || :; fi
    rm -f -- "$note.pid"
    # In a session of its own, as it is to outlive this script.
    # shellcheck disable=SC2016  # for the inner shell
    setsid -f sh -c 'cd / && echo $$ >"$1.pid" && exec swaybg -i "$2" -m fill' sh "$note" "$file" \
        </dev/null >"$note.log" 2>&1 || { why='it could not be started'; return 2; }
    tries=0
    pid=
    while [ "$tries" -lt 12 ]; do
        sleep 0.1 2>/dev/null || sleep 1
        tries=$((tries + 1))
        if [ -z "$pid" ] && [ -s "$note.pid" ]; then read -r pid <"$note.pid" || :; fi
        if [ -n "$pid" ] && ! alive "$pid"; then break; fi
    done
    status=1
    reply=$(sed 's/^[-0-9: ]*\[[^]]*\] *//' "$note.log" 2>/dev/null) || :
    case $reply in
        # It runs on without the picture.
        *'ailed to load'*) if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || :; pid=; fi ;;
    esac
    if [ -z "$pid" ] || ! alive "$pid"; then
        rm -f -- "$note.pid"
        if [ -n "$former" ]; then echo "$former" >"$note.pid"; fi
        case $reply in
            *'onnect to the compositor'* | *'onnect to display'* | *'equired Wayland interface'*)
                why='installed, but the Wayland session does not take it'
                return 1
                ;;
        esac
        why=$(brief)
        return 2
    fi
    # The former one goes when the new one is there, so that nothing flashes.
    case $former in
        '' | *[!0-9]* | "$pid") ;;
        *) if [ "$(ps -o comm= -p "$former" 2>/dev/null)" = swaybg ]; then kill "$former" 2>/dev/null || :; fi ;;
    esac
    return 0
}

use_plasma() {
    have plasma-apply-wallpaperimage || { why='not installed'; return 1; }
    on_bus org.kde.plasmashell || return 1
    # It makes a file:// address and a script of the path without quoting either.
    plain ' ,+=@:~()!' || return 2
    call 20 plasma-apply-wallpaperimage "$path"
    [ "$status" -eq 0 ] && return 0
    why=$(brief)
    return 2
}

use_gnome() {
    have gsettings || { why='not installed'; return 1; }
    desktop gnome ubuntu unity budgie || { why='gsettings is installed, but this is no GNOME session'; return 1; }
    on_bus org.freedesktop.DBus || { why='installed, but no session bus answers'; return 1; }
    schema=org.gnome.desktop.background
    call 5 gsettings writable "$schema" picture-uri
    case $reply in
        true) ;;
        *) why="gsettings is installed, but $schema picture-uri cannot be set"; return 1 ;;
    esac
    uri=file://$(encode uri "$file")
    call 10 gsettings set "$schema" picture-uri "$uri"
    if [ "$status" -ne 0 ]; then why=$(brief); return 2; fi
    # Without its service it ends with 0 all the same, and nothing is kept.
    call 5 gsettings get "$schema" picture-uri
    if [ "$reply" != "'$uri'" ]; then why="gsettings did not keep the setting"; return 2; fi
    # The one for the dark style came with GNOME 42.
    call 5 gsettings writable "$schema" picture-uri-dark
    if [ "$reply" = true ]; then
        call 10 gsettings set "$schema" picture-uri-dark "$uri"
        if [ "$status" -ne 0 ]; then why=$(brief); return 2; fi
    fi
    call 5 gsettings get "$schema" picture-options
    if [ "$reply" = "'none'" ]; then call 10 gsettings set "$schema" picture-options zoom; fi
    return 0
}

use_xfce() {
    have xfconf-query || { why='not installed'; return 1; }
    desktop xfce || { why='xfconf-query is installed, but this is no Xfce session'; return 1; }
    session_bus || { why='installed, but there is no session bus'; return 1; }
    call 5 xfconf-query -c xfce4-desktop -l
    if [ "$status" -ne 0 ]; then why='installed, but xfconf does not answer'; return 1; fi
    # One for each screen and workspace.
    grep '/last-image$' said >properties || { why='installed, but xfce4-desktop has no last-image property'; return 1; }
    while IFS= read -r property; do
        call 10 xfconf-query -c xfce4-desktop -p "$property" -s "$file"
        if [ "$status" -ne 0 ]; then why=$(brief); return 2; fi
    done <properties
    return 0
}

use_feh() {
    have feh || { why='not installed'; return 1; }
    [ -n "${DISPLAY-}" ] || { why='installed, but DISPLAY is not set'; return 1; }
    if [ "$backend" = auto ] && wayland_socket; then
        why='installed, but of no effect in a Wayland session'
        return 1
    fi
    if have xset; then call 5 xset q
    elif have xdpyinfo; then call 5 xdpyinfo
    else status=0; fi
    if [ "$status" -ne 0 ]; then why="installed, but the display $(shown "$DISPLAY") does not answer"; return 1; fi
    call 20 feh --no-fehbg --bg-fill -- "$file"
    case $reply in
        *"an't open X display"*) why="installed, but the display $(shown "$DISPLAY") does not answer"; return 1 ;;
    esac
    [ "$status" -eq 0 ] && return 0
    why=$(brief)
    return 2
}

if [ "$backend" != auto ]; then backends=$backend; fi
looked=
for name in $backends; do
    why=
    if "use_$name"; then
        echo "set with $name"
        exit 0
    else
        case $? in
            1) looked="$looked${looked:+, }$name ($why)" ;;
            *) fail "$(shown "$file"): $name could not set the wallpaper: $why" ;;
        esac
    fi
done
echo "no wallpaper could be set: looked for $looked"
exit 77
