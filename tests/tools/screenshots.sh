#!/bin/sh
# Takes the pictures of the window that README.md and docs/ show, with the program in build/release.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
program=$here/build/release/bin/fusionscope

usage() {
    cat <<END
Usage: tests/tools/screenshots.sh [FOLDER]

Asks the bundled model about a sample picture and saves the window in every layout, light and dark, at 1280 × 800, once
in German and once at a scale of 200 %; then other families, from small checkpoints of the tests that are not trained: an
Idefics3's tiles, a video with a LLaVA-OneVision, and Florence-VL beside a SmolVLM. PNG files go to FOLDER, else to
docs/pictures. Needs no display.

Example: tests/tools/screenshots.sh /tmp/pictures
END
}

case ${1-} in
    --help | -h) usage && exit ;;
esac
[ -x "$program" ] || {
    echo "tests/tools/screenshots.sh: $program is missing. Run installer/build first." >&2
    exit 1
}
folder=${1-$here/docs/pictures}
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/screen.json" <<END
{"windowFrameMargins": false, "screens": [{"name": "desk", "x": 0, "y": 0, "width": 1280, "height": 800,
 "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]}
END
# Settings and history of nobody.
export XDG_CONFIG_HOME="$work/config" XDG_RUNTIME_DIR="$work" LC_ALL=C.UTF-8
export QT_QPA_PLATFORM="offscreen:configfile=$work/screen.json"

window() { # name of the picture, scale, then options
    name=$1
    scale=$2
    shift 2
    QT_SCALE_FACTOR=$scale "$program" --data "$work/$name" --size 1280x800 --screenshot "$folder/$name.png" "$@"
    echo "$folder/$name.png"
}
shot() {
    window "$@" "$here/resources/samples/world-sea.png" --ask "What do you see?"
}

for theme in light dark; do
    for layout in chat inspect present; do
        shot "$layout-$theme" 1 --layout $layout --theme $theme --language en
    done
done
shot inspect-german 1 --layout inspect --theme light --language de
shot inspect-200-percent 2 --layout inspect --theme light --language en

# Their names say what they are.
small() { # folder in tests/golden, name
    cp -R "$here/tests/golden/$1/model" "$work/$2"
    chmod -R u+w "$work/$2"
}
small idefics3/idefics3-8b-layout idefics3-tiny-untrained
small llava-onevision/ov-0.5b-layout llava-onevision-tiny-untrained
small smolvlm/smolvlm-256m-layout smolvlm-tiny-untrained
samples=$here/resources/samples
"${program%/*}/make_video" "$work/clip.avi" "$samples/cat.jpg" "$samples/coffee.jpg" "$samples/dandelion.jpg"
window tiles-idefics3 1 --layout inspect --theme light --language en "$samples/cat.jpg" \
    --model "$work/idefics3-tiny-untrained" --map tower/siglip/norm@tiles
window video-llava-onevision 1 --layout inspect --theme light --language en "$work/clip.avi" \
    --model "$work/llava-onevision-tiny-untrained" --frames 8 --score "a cat"
window two-families 1 --layout inspect --theme dark --language en "$samples/world-beach.png" --model "$here/models/nano" \
    --ask "What place is this?" --beside "$work/smolvlm-tiny-untrained"
