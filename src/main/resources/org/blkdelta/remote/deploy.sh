# Runs a blkdelta that is sent here where it is not here yet. Its arguments: the digest of the list
# of its files, their number, the system and the loader that it is for; then those of blkdelta. What it
# says to its peer begins with blkdelta-deploy.

umask 077
digest=$1 count=$2 system=$3 loader=$4
shift 4
cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}/blkdelta
home=$cache/$digest

fail() {
  echo "--deploy: $*" >&2
  exit 6
}

# Only this account may write to the folder.
private() {
  set -- "$(id -u)" $(ls -ldn "$1")
  [ "$1" = "$4" ] && case $2 in d????-??-*) true ;; *) false ;; esac
}

# The folder holds what the list says, and nothing else; and the list is the one that is meant.
intact() (
  cd "$1" &&
    [ "$(sha256sum <manifest)" = "$digest  -" ] &&
    [ -z "$(find . ! -type d ! -type f)" ] &&
    [ "$(find . -type f | wc -l)" -eq $((count + 1)) ] &&
    sha256sum -c manifest >/dev/null
) 2>/dev/null

# Another one may do the same at the same time: the first to put it in its place wins.
receive() {
  new=$(mktemp -d "$cache/.new.XXXXXX") || fail "$cache: no folder can be made there"
  trap 'rm -rf "$new"' EXIT
  trap 'exit 6' HUP INT TERM PIPE
  echo "blkdelta-deploy: send"
  read -r size || fail "the connection ended"
  head -c "$size" >"$new/packed"
  [ "$(wc -c <"$new/packed")" -eq "$size" ] ||
    fail "$cache: what was sent did not arrive whole; is the disk full?"
  mkdir "$new/$digest" && tar -xozf "$new/packed" -C "$new/$digest" ||
    fail "$cache: what was sent cannot be unpacked; is the disk full?"
  intact "$new/$digest" || fail "$cache: what arrived is not what was sent; try again"
  mv "$new/$digest" "$cache/" 2>/dev/null || [ -d "$home" ] || fail "$home: cannot be put there"
  rm -rf "$new"
  trap - EXIT HUP INT TERM PIPE
}

[ "$(uname -s) $(uname -m)" = "$system" ] ||
  fail "here is $(uname -s) $(uname -m), and this blkdelta is for $system; install one that fits"
[ -e "$loader" ] ||
  fail "$loader is missing: this blkdelta is for another C library; install one that fits"
for tool in sha256sum tar gzip mktemp head find wc ls id; do
  command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing; install it, or blkdelta"
done
mkdir -p "$cache" 2>/dev/null || fail "$cache: cannot be made"
private "$cache" || fail "$cache: is another account's, or others may write there; fix that"
[ -e "$home" ] || receive
private "$home" && intact "$home" ||
  fail "$home: is not what was sent there: it was damaged or changed; look why, and remove it"
echo "blkdelta-deploy: ready"
