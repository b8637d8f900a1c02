package boot

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/disk"
	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// Where the partition of a test's disk is, in sectors.
const partFirst, partSectors, wholeSectors = 2048, 80_000, 2048 + 80_000

// fatDisk makes a disk with a partition, which has a FAT32 file system with a file.
func fatDisk(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(wholeSectors * 512); err != nil {
		t.Fatal(err)
	}
	fs := disk.FAT32{Seed: "s98", Label: "S98", First: partFirst, Sectors: partSectors, Files: map[string][]byte{"/from/host.txt": []byte("made by the host\n")}}
	if err := fs.Write(f); err != nil {
		t.Fatal(err)
	}
	var table [66]byte
	table[4], table[9], table[64], table[65] = 0x0c, partFirst>>8, 0x55, 0xaa
	table[12], table[13], table[14] = partSectors&0xff, partSectors>>8&0xff, partSectors>>16
	if _, err := f.WriteAt(table[:], 446); err != nil {
		t.Fatal(err)
	}
	return path
}

// partition copies the partition of a disk to a file of its own, for the host's tools.
func partition(t *testing.T, path string) string {
	t.Helper()
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(t.TempDir(), "part.img")
	if err := os.WriteFile(part, all[partFirst*512:], 0o600); err != nil {
		t.Fatal(err)
	}
	return part
}

// fsckFAT is what the host's fsck.fat says of a partition, without what it says of every one.
func fsckFAT(t *testing.T, part string) (said []string) {
	t.Helper()
	tool, err := exec.LookPath("/usr/sbin/fsck.fat")
	if err != nil {
		t.Skip("without dosfstools there is no fsck.fat")
	}
	out, _ := exec.Command(tool, "-n", part).CombinedOutput()
	usual := regexp.MustCompile(`^(fsck\.fat .*|.*: \d+ files, .*|Free cluster summary uninitialized.*|Leaving filesystem unchanged\.|)$`)
	for _, line := range strings.Split(string(out), "\n") {
		if !usual.MatchString(line) {
			said = append(said, line)
		}
	}
	return said
}

// onHost reads a file of a partition with the host's tools.
func onHost(part, name string) string {
	out, _ := exec.Command("mtype", "-i", part, "::"+name).Output()
	return string(out)
}

// withDisk is a machine with a disk, and a shell.
func withDisk(t *testing.T, harts int, path string) qemu.Options {
	o := machine(harts)
	o.Initrd = harness.Shell(t, farCommands...)
	o.Extra = append(drives(plainDisk(path)), modern...)
	o.Deadline = 3 * time.Minute // for many small commits, each with flushes of the host's
	return o
}

// TestS98Disk mounts a partition on the core that drives the disk, and then on another: files of the host are
// read, others are written, renamed and removed, what is mounted is nobody else's, and the host finds all of it and nothing
// wrong.
// Sabotage: leave ExportAs out of OpenVolume; leave the end of a volume's name out of Close; leave mark out of Detach.
func TestS98Disk(t *testing.T) {
	t.Parallel()
	path := fatDisk(t)
	var commands []string
	for core, use := range []string{"mk run -core 1 mount -t vfat /dev/vda1 /tmp || echo taken", "wc -l /mnt/0/moved.txt"} {
		line := strings.ReplaceAll(`mkdir /mnt; mount -t vfat /dev/vda1 /mnt && cat /mnt/from/host.txt && mkdir /mnt/CORE && seq 1 3000 > /mnt/CORE/numbers.txt && `+
			`mv /mnt/CORE/numbers.txt /mnt/CORE/moved.txt && echo gone > /mnt/CORE/gone && rm /mnt/CORE/gone && ls /mnt/CORE; `, "CORE", fmt.Sprint(core))
		commands = append(commands, fmt.Sprintf(`run %s -core %d sh -c "%s%s; umount /mnt && echo left-%d"`, []string{"-mk", ""}[core], core, line, use, core))
	}
	console := run(t, withDisk(t, 2, path), strings.Join(commands, "; ")+"; audit")
	for _, says := range []string{"made by the host", "taken", "3000 /mnt/0/moved.txt", "left-0", "left-1"} {
		if !strings.Contains(console, "\n"+says) {
			t.Errorf("%q is not said:\n%s", says, kernelPart(console))
		}
	}
	if only(t, console, "audit").Int("violations") != 0 {
		t.Error("the audit finds violations")
	}
	part := partition(t, path)
	for _, s := range fsckFAT(t, part) {
		t.Errorf("fsck.fat: %s", s)
	}
	for core := range 2 {
		if n := strings.Count(onHost(part, fmt.Sprint(core, "/moved.txt")), "\n"); n != 3000 {
			t.Errorf("%d lines of core %d are on the host", n, core)
		}
	}
}

// diskCuts is how many times the machine is cut.
func diskCuts() int {
	if soak() {
		return 40
	}
	return 3
}

// left is what fsck.fat may say of a partition that was cut.
var left = regexp.MustCompile(`^(There are differences between boot sector.*|This is mostly harmless.*|  65:01/00|  Not automatically.*|Dirty bit is set.*| Automatically removing dirty bit\.` +
	`|FATs differ but appear to be intact\.|  Using first FAT\.|Reclaimed \d+ unused clusters?.*|/.*|  File size is \d+ bytes, cluster chain length is > \d+ bytes\.|  Truncating file to \d+ bytes\.)$`)

// TestS98DiskCut ends QEMU in the middle of a load of writes, again and again with the same disk: the file system is mounted
// as it is, whatever was synced is there, and the host's fsck.fat finds nothing but what a cut may leave.
// Sabotage: let Sync do nothing; write all kinds of sectors in one step of commit.
func TestS98DiskCut(t *testing.T) {
	t.Parallel()
	path := fatDisk(t)
	o := withDisk(t, 1, path)
	random := rand.New(rand.NewPCG(9, 8))
	for round := range diskCuts() {
		script := fmt.Sprintf(`mkdir /mnt; mount -t vfat /dev/vda1 /mnt; mkdir /mnt/r%d; for i in $(seq 1 500); do seq $i $((i+400)) > /mnt/r%d/f$i; seq 1 900 > /mnt/r%d/scratch; sync; echo synced-$i; rm /mnt/r%d/scratch; done`, round, round, round, round)
		cut := o
		cut.Append = fmt.Sprintf(`run="sh -c \"%s\""`, script)
		g := qemu.Start(t, cut)
		last := 0
		for range 3 + random.IntN(6) {
			last = atoi(g.Expect(`^synced-(\d+)$`)[1])
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		g.Stop()
		part := partition(t, path)
		for _, s := range fsckFAT(t, part) {
			if !left.MatchString(s) {
				t.Errorf("round %d: fsck.fat: %s", round, s)
			}
		}
		for i := 1; i <= last; i++ {
			if got := onHost(part, fmt.Sprintf("r%d/f%d", round, i)); strings.Count(got, "\n") != 401 || !strings.HasPrefix(got, fmt.Sprintf("%d\n", i)) {
				t.Errorf("round %d: file %d of %d that were synced has %d lines", round, i, last, strings.Count(got, "\n"))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestS98DiskDeath has the core die that drives a disk which another has mounted: that goes on with the next owner, and in the
// end the host finds all that was written, and nothing wrong. TestVolumeThroughDeaths of package monitor has more deaths, in the
// middle of requests.
func TestS98DiskDeath(t *testing.T) {
	t.Parallel()
	path := fatDisk(t)
	g := qemu.Start(t, withDisk(t, 3, path))
	g.ExpectText(`\$ `)
	g.Send("\x1d") // to the console
	g.ExpectText(prompt)
	const files = 40
	g.Send(fmt.Sprintf("run -bg -core 2 sh -c \"mkdir /mnt; mount -t vfat /dev/vda1 /mnt; for i in $(seq 1 %d); do seq $i $((i+400)) > /mnt/f$i || echo failed-$i; sync; echo wrote-$i; done; umount /mnt && echo left\"\r", files))
	g.Expect(`wrote-5$`)
	g.Send("crash 0 panic\r")
	g.Expect(`@\d dead core=0 cause=panic$`)
	if at := atoi(g.Expect(`wrote-(\d+)$`)[1]); at >= files {
		t.Errorf("it had written %d files when the owner died", at)
	}
	g.Expect(`left$`)
	g.Stop()
	part := partition(t, path)
	for _, s := range fsckFAT(t, part) {
		t.Errorf("fsck.fat: %s", s)
	}
	for i := 1; i <= files; i++ {
		if got := onHost(part, fmt.Sprint("f", i)); strings.Count(got, "\n") != 401 {
			t.Errorf("file %d has %d lines", i, strings.Count(got, "\n"))
		}
	}
}
