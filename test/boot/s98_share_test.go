package boot

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// Stage 98: file systems that wait, of the host and on disks.

// farCommands are the commands of the shell that the stage needs.
var farCommands = []string{"sh", "cat", "chmod", "cp", "df", "ln", "ls", "md5sum", "mkdir", "mv", "rm", "sync", "wc", "mount", "umount", "dd", "seq"}

// sharing is a machine to which a folder of the host is shared.
func sharing(t *testing.T, harts int, dir string) qemu.Options {
	o := machine(harts)
	o.Initrd = harness.Shell(t, farCommands...)
	o.Append = "share"
	o.Extra = []string{"-fsdev", "local,id=share,security_model=none,multidevs=remap,path=" + dir, "-device", "virtio-9p-device,fsdev=share,mount_tag=host"}
	return o
}

// write writes a file of the host.
func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// shareScript is run by the shell from the folder itself, with a name for its files in place of NAME.
const shareScript = `cd /host
echo text > NAME.txt && echo more >> NAME.txt && cat NAME.txt
cp large NAME.large && md5sum NAME.large
mkdir NAME.dir && mv NAME.txt NAME.dir/moved && chmod 600 NAME.dir/moved
ln -s NAME.dir/moved NAME.link && cat NAME.link
ls many | wc -l
ls -l NAME.dir
rm NAME.dir || echo rm-failed
cat none || echo cat-failed
mkdir NAME.dir
(echo gone > NAME.gone; sync; rm NAME.gone) && echo removed
/host/prog a b
`

// TestS98Share shares a folder with the core that drives the device and with another: a script and a program
// run from it, files are written, appended to, copied, renamed, linked and removed, errors are the host's, and all
// of it is on the host. What the host changes is seen by the next command.
// Sabotage: leave the interrupt out of Enable (it takes long); let whole do nothing; let List end behind the first reply.
func TestS98Share(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := bytes.Repeat([]byte("0123456789abcdef\n"), 9000)
	write(t, filepath.Join(dir, "large"), string(large), 0o644)
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		write(t, filepath.Join(dir, "many", fmt.Sprintf("%0100d", i)), "", 0o644)
	}
	o := sharing(t, 2, dir)
	program, err := os.ReadFile(harness.Program(t, "./user/programs/hello"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "prog"), string(program), 0o755)
	g := qemu.Start(t, o)
	g.ExpectText(`\$ `)
	g.Send("\x1d") // to the console
	g.ExpectText(prompt)
	for core, name := range []string{"near", "far"} {
		write(t, filepath.Join(dir, name), strings.ReplaceAll(shareScript, "NAME", name), 0o755)
		g.Send(fmt.Sprintf("run -core %d sh /host/%s\r", core, name))
		for _, says := range []string{"^text$", "^more$", " " + name + ".large$", "^text$", "^more$", "^ *400$", " moved$", "^rm-failed$", "^cat-failed$", "file exists$", "^removed$", "^arguments: a b$"} {
			g.Expect(says)
		}
		g.Expect(fmt.Sprintf(`^@%d program name=sh .*status=0$`, core))
		for file, want := range map[string]string{".large": string(large), ".dir/moved": "text\nmore\n", ".link": "text\nmore\n"} {
			if got, err := os.ReadFile(filepath.Join(dir, name+file)); err != nil || string(got) != want {
				t.Errorf("%s%s has %d bytes, %v", name, file, len(got), err)
			}
		}
		if i, err := os.Stat(filepath.Join(dir, name+".dir/moved")); err != nil || i.Mode() != 0o600 {
			t.Errorf("%s.dir/moved: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, name+".gone")); err == nil {
			t.Errorf("%s.gone is there", name)
		}
		for i := range 3 {
			write(t, filepath.Join(dir, "live"), strings.Repeat("x", i)+"edited\n", 0o644)
			g.Send(fmt.Sprintf("run -core %d sh -c \"cat /host/live\"\r", core))
			g.Expect("^" + strings.Repeat("x", i) + "edited$")
		}
	}
	g.Send("audit\r")
	g.Expect(`^@0 audit .*violations=0$`)
	g.Send("poweroff\r")
	g.Wait()
}

// TestS98ShareDeath lets the core that drives the device die, twice: the next owner serves the others, and what was
// written is there. A machine without a folder says so.
// Sabotage: keep the hub's version over lives of the device; leave the name out of serveShare.
func TestS98ShareDeath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "f"), "before\n", 0o644)
	var commands []string
	use := func(core int, name string) {
		commands = append(commands, fmt.Sprintf(`run -core %d sh -c "cat /host/f && echo of %s > /host/%s && cat /host/%s"`, core, name, name, name))
	}
	use(0, "a")
	use(2, "b")
	commands = append(commands, "crash 0 panic")
	use(2, "c")
	use(1, "d")
	commands = append(commands, "crash 1 panic")
	use(2, "e")
	console := run(t, sharing(t, 3, dir), strings.Join(commands, "; "))
	if n := strings.Count(console, "\nbefore"); n != 5 {
		t.Errorf("what was there is read %d times:\n%s", n, kernelPart(console))
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != "of "+name+"\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
