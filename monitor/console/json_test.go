package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// With -json each line is one object with the stable names.
func TestJSON(t *testing.T) {
	for line, want := range names {
		t.Run(line, func(t *testing.T) {
			out, status := execute(newFake(3), line)
			if got := shapes(t, out); status != OK || got != sortWords(want) {
				t.Errorf("status %d, shapes:\n%swant:\n%s", status, got, sortWords(want))
			}
		})
	}
}

// names are the stable names, by command and event.
var names = map[string]string{
	"cores -json": "core by cause core event gc_pause_ns gcs goroutines hart heap_bytes heap_sys_bytes idle_permille incarnation msgs_in msgs_out pages_total pages_used doorbells state up_ns agreed node since\n" +
		"cores by dead event planned up zombie\nreplica agreed by core event view\n",
	"crash 1 oom --json; cores -json": "core by cause core event gc_pause_ns gcs goroutines hart heap_bytes heap_sys_bytes idle_permille incarnation msgs_in msgs_out pages_total pages_used doorbells state up_ns agreed node since\n" +
		"core agreed by cause core event hart incarnation node since state\ncores by dead event planned up zombie\ncrash by cause core event how state\nreplica agreed by core event view\n",
	"stop 1 -json; start 1 -json": "start by core event incarnation state time_ns\nstop by cause core event state\n",
	"restart -json 1 2":           "restart by core event incarnation max_ns median_ns times\n",
	"audit --json":                "audit by event pages shared violations\naudit-kind by cores event kind pages shared\naudit-map by core event kind pa pages perm va\n",
	"ping 0 1 -json":              "ping by count doubled event from lost max_ns median_ns min_ns p99_ns reordered to\n",
	"bench -json ump": "bench-core boot_ns busy_ns busy_p99_ns by core doorbell_from event idle_ns idle_p99_ns receive_instr receive_ns send_instr send_ns touched_bytes\n" +
		"bench-ump bare_ns bare_p99_ns by event from msgs_per_s p99_ns ratio rounds rtt_ns to\n",
	"mem -json": "mem by cores event heap_bytes total_bytes used_bytes\n" +
		"mem-core by core dma_bytes event gc_pause_ns gcs heap_bytes heap_sys_bytes partition_bytes total_bytes used_bytes user_bytes\n",
	"plan -json": "plan boot_core by cores devices event harts ram_bytes timebase\nplan-core by claim core dma_bytes event hart node reserve reserve_bytes user user_bytes\n" +
		"plan-device by compatible event irq kind owner path registers\nplan-range by event from name to\n",
	"disk -json":                          "disk block_bytes by core disk errors event id interrupts is looked requests resets sectors\ndisks by disks event\n",
	"disk read -json 0; disk check -json": "disk-read by core disk event sector sectors\ndisk-work bad by core disk event sector sectors time_ns work\n",
	"disk bench -json":                    "bench-disk by bytes_per_s core disk event from requests_per_s time_ns what\n",
	"version -json":                       "version arch by cores event go\n",
	"help -json":                          "command by event name summary synopsis\n",
}

// shapes lists the events of an output and the names in each, in order of the alphabet.
func shapes(t *testing.T, out string) string {
	var list []string
	for line := range strings.Lines(out) {
		object := map[string]any{}
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%q is no JSON object: %v", line, err)
		}
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		list = append(list, fmt.Sprint(object["event"])+" "+strings.Join(names, " ")+"\n")
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "")
}

// sortWords sorts the words behind the first of each line.
func sortWords(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		slices.Sort(words[1:])
		b.WriteString(strings.Join(words, " ") + "\n")
	}
	return b.String()
}
