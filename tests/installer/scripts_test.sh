#!/bin/sh
# Promises of the installer's scripts that need neither a network nor a build: scripts_test.sh TORCH_FOLDER
set -u
cd "$(dirname "$0")/../../installer" || exit 1
torch=$1
failures=0

check() { # name, then a command that must succeed
    name=$1
    shift
    if "$@"; then
        echo "PASS $name"
    else
        echo "FAIL $name"
        failures=$((failures + 1))
    fi
}

explains_itself() { help=$("./$1" --help) && [ "${help#*Usage: installer/"$1"}" != "$help" ] && [ "${help#*Example}" != "$help" ]; }
for script in deps build run test chat smollm2; do
    check "$script explains itself with an example" explains_itself $script
done

refused() { # expected words, then a command: it must fail and say them on standard error, nothing on standard output
    words=$1
    shift
    said=$("$@" 2>&1 >/dev/null) && return 1
    [ -z "$("$@" 2>/dev/null)" ] && [ "${said#*"$words"}" != "$said" ]
}
empty=$(mktemp -d)
trap 'rm -r "$empty"' EXIT
check "deps refuses an unknown option by name" refused "'--cudaa' is not an option" ./deps --cudaa
check "deps refuses a folder without LibTorch by name" refused "$empty holds no lib/libtorch_cpu.so" ./deps --torch "$empty"
check "deps refuses --torch without a folder" refused "--torch needs the folder" ./deps --torch
check "run refuses --demo without a folder" refused "--demo needs a folder" ./run --demo
check "build fails where deps fails" refused "holds no lib/libtorch_cpu.so" ./build --torch "$empty"
check "test fails where the build fails" refused "holds no lib/libtorch_cpu.so" ./test --torch "$empty"
check "run fails where the build fails" refused "holds no lib/libtorch_cpu.so" ./run --torch "$empty"

prints_the_folder() { [ "$(./deps --torch "$torch" 2>/dev/null)" = "$(cd "$torch" && pwd)" ]; }
check "deps prints the folder and nothing else" prints_the_folder
takes_relative_folders() { [ "$(cd "$torch/.." && "$OLDPWD/deps" --torch torch 2>/dev/null)" = "$(cd "$torch" && pwd)" ]; }
check "deps takes a relative folder" takes_relative_folders

if command -v shellcheck >/dev/null; then
    check "scripts are clean under shellcheck" shellcheck deps build run test chat smollm2 ../.ci/run ../resources/translations/update ../tests/*/*.sh
fi
[ $failures -eq 0 ]
