# Starts the guest: `setsid … host.sh DIRECTORY linux.uml ARGUMENT…`. Descriptor 7 takes what the
# kernel says, 8 and 9 the script's output and errors. Those two have to be pipes: the guest's
# console driver cannot wait for a plain file.
directory=$1
shift
ulimit -c 0
exec 8> >(exec cat >"$directory/console/stdout") 9> >(exec cat >"$directory/console/stderr")
"$@" 7>"$directory/console/kernel" </dev/null >"$directory/console/uml" 2>&1
echo $? >"$directory/ended"
exec 8>&- 9>&-
wait

# The guest's processes are processes of the host. setsid made them a group of their own.
kill -KILL 0
