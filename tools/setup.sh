#!/bin/sh
# Makes .venv ready: sh tools/setup.sh [EXTRA]. Nothing changed: milliseconds. Interrupted: the next run starts afresh.
# PYTHON chooses the interpreter. On Linux pip's usual torch brings CUDA (gigabytes); to do without, set
# PIP_EXTRA_INDEX_URL to PyTorch's own index of CPU builds before the first run.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-base}
log=.venv/setup.log
stamp=.venv/ready # home, checksum and extras of a complete environment; written last
identity='import sys; print("%d.%d at %s" % (sys.version_info[0], sys.version_info[1], sys.base_prefix))'

stop() { # the message, then the remedy
    printf '%s\n' "$@" >&2
    exit 1
}

failed() {
    echo "failed"
    { tail -n 25 "$log" && echo "The whole log: $PWD/$log"; } >&2
    exit 1
}

choose_python() { # the interpreter behind an activated environment: the one at hand may be inside the .venv to replace
    python=${PYTHON:-python3}
    found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        stop "No Python at '$python'." "Install Python 3.10 to 3.13, or name one: PYTHON=/path/to/python3.12 make"
    case $found in
    3.10 | 3.11 | 3.12 | 3.13) ;;
    *) stop "'$python' is Python $found; article-qa needs 3.10 to 3.13. Name one: PYTHON=python3.12 make" ;;
    esac
    python=$("$python" -c 'import sys; print(sys._base_executable)')
}

create() {
    rm -rf .venv
    mkdir .venv
    can_venv='import ensurepip, venv'
    if ! "$python" -c "$can_venv" 2>/dev/null; then
        if command -v virtualenv >/dev/null; then
            virtualenv --quiet --python "$python" .venv >"$log" 2>&1 || failed
            return
        elif command -v uv >/dev/null; then
            uv venv --quiet --seed --allow-existing --python "$python" .venv >"$log" 2>&1 || failed
            return
        elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
                "python$found-venv"; } >"$log" 2>&1 </dev/null || true
        fi
    fi
    "$python" -c "$can_venv" 2>/dev/null || {
        echo "failed"
        rm -rf .venv
        stop "Python $found ($python) cannot make virtual environments: its ensurepip module is missing." \
            "Install it (Debian, Ubuntu: sudo apt install python$found-venv), then run this again."
    }
    "$python" -m venv .venv >>"$log" 2>&1 || failed
}

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check install --no-input --progress-bar off "$@" >>"$log" 2>&1
}

if command -v flock >/dev/null; then # two runs at once: the second waits, then finds everything done
    exec 9<tools/setup.sh
    flock 9
fi

home="$("${PYTHON:-.venv/bin/python}" -c "$identity" 2>/dev/null || true) for $PWD"
files=$(cat pyproject.toml constraints.txt | cksum)
had_home='' had_files='' extras=''
if [ -f "$stamp" ]; then
    { read -r had_home && read -r had_files && read -r extras; } <"$stamp" || true
fi

if [ "$had_home" = "$home" ]; then
    case " $extras " in
    *" $extra "*) [ "$had_files" != "$files" ] || exit 0 ;;
    *) extras="$extras $extra" ;;
    esac
    update=true
    verb="Updating .venv"
else
    choose_python
    extras=base
    [ "$extra" = base ] || extras="base $extra"
    update=false
    verb="Setting up .venv (first time: a few minutes)"
fi

printf '%s ... ' "$verb"
began=$(date +%s)
trap 'echo "interrupted; the next run starts afresh"; exit 130' INT TERM
if $update; then
    mv "$stamp" "$stamp.before"
    : >"$log"
else
    create
    # An editable install from pyproject.toml needs pip 21.3; Python 3.10.0 came with an older one.
    .venv/bin/python -c 'import pip; raise SystemExit(int(pip.__version__.split(".")[0]) < 22)' ||
        pip_install --upgrade pip || failed
fi
case $extras in
base) package=. ;;
*) package=".[$(echo "${extras#base }" | tr ' ' ,)]" ;;
esac
pip_install --constraint constraints.txt --editable "$package" || {
    # pip undoes an update that fails (say, offline): what was ready still is.
    if $update; then mv "$stamp.before" "$stamp"; fi
    failed
}
printf '%s\n' "$(.venv/bin/python -c "$identity") for $PWD" "$files" "$extras" >"$stamp.new"
mv "$stamp.new" "$stamp"
rm -f "$stamp.before"
echo "done in $(($(date +%s) - began)) s"
