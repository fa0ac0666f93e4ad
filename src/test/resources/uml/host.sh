# Runs the guest: `host.sh DIRECTORY SECONDS linux.uml ARGUMENT…`, and ends it when the time is over
# or standard input comes to its end, which it also does if whoever started this dies.
directory=$1 seconds=$2
shift 2
ulimit -c 0

# Descriptor 7 takes what the kernel says, 8 and 9 the script's output and errors. Those two have to
# be pipes: the guest's console driver cannot wait for a plain file.
exec 6<&0 </dev/null
exec 8> >(exec cat >"$directory/console/stdout") 9> >(exec cat >"$directory/console/stderr")
preload=
if grep -q -w amx_tile /proc/cpuinfo; then
  preload=$directory/xstate.so
  cc -O2 -shared -fPIC -o "$preload" "$(dirname -- "$0")/xstate.c" || exit
fi
LD_PRELOAD=$preload "$@" 6<&- 7>"$directory/console/kernel" >"$directory/console/uml" 2>&1 &
guest=$!
read -r -t "$seconds" <&6 8>&- 9>&- &
clock=$!

wait -n -p first "$guest" "$clock"
if [ "$first" = "$guest" ]; then
  echo >"$directory/ended"
fi

# The guest's processes are processes of the host. linux.uml makes itself the leader of a session,
# so they are the group that has its number.
kill -KILL -- "$guest" "-$guest" "$clock" 2>/dev/null
exec 8>&- 9>&-
wait
