package boot

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/test/instance/harness"
)

// Stage 97: the standard library's own tests, as programs: unmodified test binaries for Linux on
// RISC-V.

// stdPackage is a package, and which of its tests are left out: each needs what there is not.
type stdPackage struct {
	path string
	skip map[string]string
	slow string // a test that only a soak has the time for, "" for none
}

// stdPackages are in a soak all, else the quick ones.
var stdPackages = []stdPackage{
	{path: "sync", slow: "TestMutexMisuse"},
	{path: "compress/gzip"},
	{path: "encoding/json", skip: map[string]string{"TestHTTPDecoding": "sockets"}},
	{path: "sort"},
	{path: "context"},
	{path: "strings"},
	{path: "bytes"},
	{path: "strconv"},
	{path: "bufio"},
	{path: "io"},
	{path: "text/template"},
	{path: "net/url"},
	{path: "path/filepath", skip: map[string]string{
		"TestGlob": "the package's source", "TestNonWindowsGlobEscape": "the package's source",
	}},
	{path: "os", skip: map[string]string{
		"TestReadFile": "the package's source", "TestReadDir": "the package's source", "TestFileReadDir": "the package's source",
		"TestFileReaddir": "the package's source", "TestFileReaddirnames": "the package's source",
		"TestSendFile": "sockets", "TestSpliceFile": "sockets", "TestGetPollFDAndNetwork": "sockets", "TestLargeCopyViaNetwork": "sockets",
		"TestFifoEOF": "named pipes", "TestFIFONonBlockingEOF": "named pipes",
		"TestStartProcess": "the program pwd", "TestDirFSRootDir": "a current directory that is not the root",
	}},
	{path: "time"},
}

const quickPackages = 2

// name is that of the package's test binary.
func (p stdPackage) name() string { return path.Base(p.path) + ".test" }

// leaves reports whether a test is left out.
func (p stdPackage) leaves(name string) bool { return p.skip[name] != "" || name == p.slow && !soak() }

// flags has all tests run but those that are left out.
func (p stdPackage) flags() string {
	flags, out := "-test.short -test.run=^Test", slices.Collect(maps.Keys(p.skip))
	if p.slow != "" && !soak() {
		out = append(out, p.slow)
	}
	if len(out) > 0 {
		flags += " -test.skip=^(" + strings.Join(out, "|") + ")$"
	}
	return flags
}

// testBinaries makes the test binaries, and returns an archive of them and of the files that they
// read, which lie in one folder.
func testBinaries(t *testing.T, list []stdPackage) string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	records := []cpio.Record{cpio.Directory("testdata", 0o755)}
	records = append(records, surroundings(t)...)
	for _, p := range list {
		file := filepath.Join(dir, p.name())
		build := exec.Command("go", "test", "-c", "-vet=off", "-trimpath", "-ldflags", "-s -w -X runtime.defaultGOROOT=/"+goroot, "-o", file, p.path)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", p.path, err, said)
		}
		files = append(files, file)
		records = append(records, testdata(t, p.path)...)
	}
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	if err := cpio.WriteRecords(w, records); err != nil {
		t.Fatal(err)
	}
	if err := cpio.WriteTrailer(w); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "testdata.cpio")
	if err := os.WriteFile(archive, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return harness.With(t, archive, append(files, "./user/programs/hello")...)
}

// goroot is where the tests look for what comes with Go.
const goroot = "go"

// surroundings are files that tests expect of any Linux, and the time zones that come with Go.
func surroundings(t *testing.T) []cpio.Record {
	t.Helper()
	const zones = "lib/time/zoneinfo.zip"
	zip, err := os.ReadFile(filepath.Join(hostGoroot(t), zones))
	if err != nil {
		t.Fatal(err)
	}
	var records []cpio.Record
	for _, dir := range []string{
		"etc", "root", "root/.cache", "usr", "usr/bin", goroot, goroot + "/lib", goroot + "/lib/time",
		goroot + "/src", goroot + "/src/unicode", goroot + "/src/unicode/utf16", goroot + "/src/unicode/utf8", // which TestBug3486 walks through
	} {
		records = append(records, cpio.Directory(dir, 0o755))
	}
	for _, name := range []string{"group", "hosts", "passwd"} {
		records = append(records, cpio.StaticFile("etc/"+name, name+"\n", 0o644))
	}
	return append(records, cpio.StaticFile(goroot+"/"+zones, string(zip), 0o644))
}

func hostGoroot(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(root))
}

// testdata returns what a package of the standard library has in that folder.
func testdata(t *testing.T, pkg string) (records []cpio.Record) {
	t.Helper()
	source := os.DirFS(filepath.Join(hostGoroot(t), "src", pkg))
	err := fs.WalkDir(source, "testdata", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == "testdata":
			return fs.SkipAll // it has none
		case err != nil:
			return err
		case d.IsDir():
			records = append(records, cpio.Directory(name, 0o755))
			return nil
		}
		text, err := fs.ReadFile(source, name)
		records = append(records, cpio.StaticFile(name, string(text), 0o644))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

var (
	listedTest = regexp.MustCompile(`(?m)^(Test\w*)$`)
	testEnded  = regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): (\S+)`)
)

// TestS97Stdlib runs the tests of packages of the standard library: each that the binary lists is to
// have passed, or left itself out. Sabotage: in a move of
// package linux, turn a bit of what a call reads that is longer than 1 KiB.
func TestS97Stdlib(t *testing.T) {
	t.Parallel()
	list := stdPackages
	if !soak() {
		list = list[:quickPackages]
	}
	o := machine(1)
	o.Initrd = testBinaries(t, list)
	o.Deadline = 150 * time.Second * time.Duration(len(list)) / quickPackages
	var commands []string
	for _, p := range list {
		commands = append(commands, fmt.Sprintf("run %s -test.list ^Test; run -mem 256M %s -test.v %s", p.name(), p.name(), p.flags()))
	}
	console := run(t, o, "run hello; ps; "+strings.Join(commands, "; ")+"; ps; audit")
	for _, p := range list {
		begin := strings.Index(console, "run "+p.name()+" -test.list")
		part, _, _ := strings.Cut(console[begin:], "name="+p.name()+" pid=")
		rest := console[begin+len(part)+1:]
		p.check(t, part, rest)
	}
	programsLeft(t, console, 1)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}

// check holds the verdicts against the list.
func (p stdPackage) check(t *testing.T, listed, said string) {
	t.Helper()
	if _, after, ok := strings.Cut(said, "atoll> run -mem"); ok {
		said, _, _ = strings.Cut(after, "name="+p.name()+" pid=")
	}
	verdicts, count := map[string]string{}, map[string]int{}
	for _, m := range testEnded.FindAllStringSubmatch(said, -1) {
		verdicts[m[2]] = m[1]
		count[m[1]]++
	}
	var names []string
	out := 0
	for _, m := range listedTest.FindAllStringSubmatch(listed, -1) {
		if listed := m[1]; !p.leaves(listed) {
			names = append(names, listed)
		} else {
			out++
		}
	}
	bad := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return verdicts[name] == "PASS" || verdicts[name] == "SKIP" })
	if len(names) == 0 || len(bad) > 0 || len(verdicts) != len(names) {
		t.Errorf("%s: of %d tests %q have no good verdict, of %d that there are\n%s", p.path, len(names), bad, len(verdicts), said)
	}
	t.Logf("%s: %d listed, %d passed, %d left themselves out, %d left out", p.path, len(names)+out, count["PASS"], count["SKIP"], out)
}
