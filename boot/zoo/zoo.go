// Package zoo collects the device trees of many machines, so that what reads a tree
// can be tried on all of them: machines of our own invention, whatever machines the
// installed emulator can be, the boards that the project describes, and those of a
// folder on the host.
//
// Only host tests call it. It runs QEMU and the device-tree compiler where they are
// installed, and says in the test's log what is missing and why.
package zoo

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
	"atoll/dts/fdtbuild"
	"atoll/dts/saved"
)

// Trees returns every tree by a name that says where it comes from; root is the way
// to the top of the checkout.
func Trees(t testing.TB, root string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for name, b := range fdtbuild.Boards() {
		all["made/"+name] = b.Blob()
	}
	for name, blob := range saved.Found(t, root) {
		all["saved/"+name] = blob
	}
	dumps(t, all)
	described(t, all)
	return all
}

// settings are the machines that QEMU is asked to describe. One that this QEMU does
// not know is left out.
var settings = []string{
	"-M virt -smp 1 -m 128M", "-M virt -smp 2 -m 1G", "-M virt -smp 8 -m 8G", "-M virt -smp 64 -m 4G",
	"-M virt -smp 128 -m 4G", "-M virt,aclint=on -smp 4 -m 1G", "-M virt,aia=aplic -smp 4 -m 1G",
	"-M virt,aia=aplic-imsic -smp 4 -m 1G", "-M virt,aia=aplic-imsic,aia-guests=3 -smp 5 -m 1G",
	"-M virt -smp 4 -m 1G -cpu rv64,sstc=off", "-M virt -smp 4 -m 1G -cpu sifive-u54",
	"-M virt -smp 4 -m 1G -cpu rv64,v=on", "-M virt -smp 4 -m 1G -cpu rv64,h=off,svpbmt=on",
	"-M virt -smp 4 -m 1G -cpu rv64,mmu=off", "-M virt -smp 4 -m 2G NUMA", "-M virt,aclint=on -smp 4 -m 2G NUMA",
	"-M virt,aia=aplic -smp 4 -m 2G NUMA", "-M virt,aia=aplic-imsic -smp 4 -m 2G NUMA",
	"-M sifive_u -smp 2 -m 512M", "-M sifive_u -smp 5 -m 8G", "-M spike -smp 4 -m 1G",
}

// numa stands for NUMA in a setting: two nodes of 1 GiB with two harts each.
const numa = "-smp 4,sockets=2,cores=2 -object memory-backend-ram,id=n0,size=1G -object memory-backend-ram,id=n1,size=1G " +
	"-numa node,memdev=n0,cpus=0-1,nodeid=0 -numa node,memdev=n1,cpus=2-3,nodeid=1"

// dumps adds the trees that QEMU makes.
func dumps(t testing.TB, all map[string][]byte) {
	qemu, err := qemurun.FindQEMU()
	if err != nil {
		t.Logf("no trees of QEMU's: %v", err)
		return
	}
	for _, s := range settings {
		file := filepath.Join(t.TempDir(), "dtb")
		args := strings.Fields(strings.Replace(s, "NUMA", numa, 1))
		args[1] += ",dumpdtb=" + file
		out, _ := exec.Command(qemu, append(args, "-display", "none")...).CombinedOutput()
		if blob, err := os.ReadFile(file); err == nil {
			all["qemu/"+s] = blob
		} else {
			t.Logf("QEMU describes no machine %q: %s", s, strings.TrimSpace(string(out)))
		}
	}
}

// described adds the boards that the project describes.
func described(t testing.TB, all map[string][]byte) {
	for _, name := range boards.Names() {
		blob, err := boards.Compile(name)
		if errors.Is(err, boards.ErrMissing) {
			t.Logf("no trees of dts/boards: %v", err)
			return
		}
		if err != nil {
			t.Error(err)
			continue
		}
		all["boards/"+name] = blob
	}
}
