package console

import (
	"errors"
	"strings"
	"testing"
)

// The words of the command, from this core and another, on the first disk and another.
// Sabotage: leave the flag core, or disk, or the stamp out of diskRange or theDisk.
func TestDisk(t *testing.T) {
	f := newFake(3)
	check(t, f, "disk", OK, `DISK  CORE     SECTORS       SIZE  IS                       REQUESTS  ERRORS  INTERRUPTS  LOOKED  RESETS  ID
   0     0         100   50.0 KiB  legacy,cached                   9       1           7       2       0  abc
   3     0  1073741824  512.0 GiB  modern,read-only,polled         0       0           0       0       0
@0 disks disks=2
`)
	for line, want := range map[string]string{
		"disk read 7":                   "00000000  64 69 73 6b 20 30 20 73  65 63 74 6f 72 20 37 00  |disk 0 sector 7.|",
		"disk read 7 2 -disk 3 -core 2": "@0 disk-read disk=3 core=2 sector=7 sectors=2\n",
		"disk write 5 10 77":            "@0 disk-work work=write disk=0 core=0 sector=5 sectors=10 bad=0 time=1000000ns\n",
		"disk verify 5 -core 1":         "@0 disk-work work=verify disk=0 core=1 sector=5 sectors=1 bad=0",
		"disk check":                    "@0 disk-work work=check disk=0 core=0 sector=0 sectors=100 bad=0",
		"disk check -disk 3":            "sectors=65536 bad=0",
		"disk bench -core 1":            "rewrite     51.2 MB/s,  100000 requests/s, over a binding to core 0\n@0 bench-disk disk=0 core=1 from=0 what=rewrite bytes=51200000/s requests=100000/s time=1000000ns\n",
		"disk bench -disk 3":            "what=random",
		"disk -json":                    `{"event":"disk","by":0,"disk":0,"core":0,"sectors":100,`,
	} {
		check(t, f, line, OK, want)
	}
	if out, _ := execute(f, "disk bench -disk 3"); strings.Contains(out, "rewrite") {
		t.Error("a read-only disk is written")
	}
	f.asked = nil
	execute(f, "disk write 5 10 77 -disk 3 -core 1")
	if want := "work 0 on disk 3 from 5 stamp 77[1]"; f.asked[len(f.asked)-1] != want {
		t.Errorf("asked %q, not for %q", f.asked, want)
	}
	f.late = 5
	check(t, f, "disk verify 5 10", OK, "bad=0")
	f.bad = 2
	check(t, f, "disk verify 5 10", Failed, "disk: 2 of 10 sectors are not what was written, the first of them sector 5\n")
	f.fail = errors.New("the disk reports an error of its medium")
	check(t, f, "disk write 5", Failed, "disk: the disk reports an error of its medium\n")
	check(t, f, "disk read 5", Failed, "disk: the disk reports an error of its medium\n")
	f.none = true
	check(t, f, "disk", OK, "no core drives a disk\n@0 disks disks=0\n")
	check(t, f, "disk read 0", Failed, "disk: no core drives a disk\n")
}

// What the disk does not have is bad input.
// Sabotage: leave the comparison with the disk's sectors out of runDisk.
func TestDiskRange(t *testing.T) {
	for line, want := range map[string]string{
		"disk read 100":                 "disk: disk 0 has the sectors 0 to 99, so not 1 sector from 100 on\n",
		"disk write 99 2":               "disk: disk 0 has the sectors 0 to 99, so not 2 sectors from 99 on\n",
		"disk read 0 -disk 1":           "disk: there is no disk 1; see disk\n",
		"disk verify 18014398509481984": "disk: disk 0 has the sectors 0 to 99, so not 1 sector from 18014398509481984 on\n",
	} {
		check(t, newFake(2), line, Usage, want)
	}
}

// The soak begins at the cores that are given and ends at all; what they have lost is the
// command's failure.
// Sabotage: leave Lost out of diskSoakReport's judgement.
func TestDiskSoak(t *testing.T) {
	f := newFake(2)
	check(t, f, "disk soak start", Failed, "disk: disk 0 is read-only, or has less than 4096 sectors\n")
	f.sectors = 4096
	check(t, f, "disk soak start 1", OK, "1 core write to disk 0\n")
	if got := f.asked[len(f.asked)-1]; got != "disk-soak 0 true[1]" {
		t.Error(got)
	}
	check(t, f, "disk soak report", OK, `CORE  SECTOR  DONE  FAILED  LOST  TORN  LAST ERROR
   0       0     5       1     0     0  core 0 is down
`)
	check(t, f, "disk soak stop", OK, `@0 disk-soak core=1 sector=64 done=5 failed=1 lost=0 torn=0 error="core 0 is down"`)
	f.bad = 1
	check(t, f, "disk soak stop", Failed, "disk: 2 regions lost, or not at their end\n")
}

func TestRandom(t *testing.T) {
	check(t, newFake(2), "random", OK, "CORE  SEEDS\n   0      1\n   1      2\n")
	check(t, newFake(2), "random 1", OK, "@0 random core=1 seeds=2\n")
	check(t, newFake(2), "random 2", Usage, "there is no core")
	check(t, newFake(1), "random -json", OK, `{"event":"random","by":0,"core":0,"seeds":1}`)
}
