#!/bin/sh
# Stands for blkdelta where only the controller is measured: a round takes STUB_SECONDS.
action=$2
for word in "$@"; do
  case $word in fd:*) told=${word#fd:} ;; esac
done
case $action in
  status) echo '{"job":"stub","state":"rounds","running":false,"moved":false,"rounds":1}' ;;
  round)
    sleep "$(cat /etc/blkdelta/stub.seconds)"
    echo '{"v":1,"time":"2026-03-02T14:00:00Z","event":"round.done","job":"stub"}' >"/proc/self/fd/$told"
    echo '{"job":"stub","round":1,"snapshots":"2026-03-02T14:00:00Z","bytes":0,"seconds":1.0}'
    ;;
esac
