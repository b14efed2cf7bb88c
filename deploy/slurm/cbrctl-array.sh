#!/bin/bash
# Back up every vault of a project, a share of them in each task of an array. Shards are 0 to N-1:
#   sbatch cbrctl-array.sh                  four of them
#   sbatch --array=0-15%8 cbrctl-array.sh   sixteen, at most eight at a time
#SBATCH --job-name=cbrctl
#SBATCH --array=0-3
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=cbrctl-%A-%a.log
set -u

if [ "$SLURM_ARRAY_TASK_MIN" != 0 ] || [ "$SLURM_ARRAY_TASK_MAX" != $((SLURM_ARRAY_TASK_COUNT - 1)) ]; then
    echo "the array must be 0 to N-1: its size is the number of shards" >&2
    exit 2
fi

# The id of the array stays when a task is requeued, on whatever node: the next attempt finds the backups of this one.
cbrctl backup --all-vaults --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --run-key "slurm ${SLURM_CLUSTER_NAME:-} $SLURM_ARRAY_JOB_ID" -o json \
    </dev/null >"cbrctl-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID.json"
code=$?
echo "shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT, attempt $((${SLURM_RESTART_COUNT:-0} + 1)): exit code $code"

case $code in
# goes on, unknown, unreachable, throttled, busy, or killed by a signal; `scancel` ends this script before it comes here
5 | 6 | 7 | 8 | 11 | 129 | 13? | 14?)
    if [ "${SLURM_RESTART_COUNT:-0}" -lt 5 ]; then
        # not $SLURM_JOB_ID: one of the tasks has the array's own, and all of them would run again
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    fi
    ;;
esac
exit $code
