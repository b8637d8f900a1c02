package reg_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// instruction is a line of a disassembly.
type instruction struct {
	object   string // member of the package's archive: _go_.o or an assembly file's
	function string
	code     string // hexadecimal; 4 digits for a compressed instruction
	text     string
}

// disassemble compiles the packages for the kernel and returns the instructions
// of all their functions, whether linked into a program or not.
func disassemble(t *testing.T, packages ...string) []instruction {
	t.Helper()
	archives := goList(t, append([]string{"-export", "-f", "{{.Export}}"}, packages...))
	var all []instruction
	for _, archive := range strings.Fields(archives) {
		for _, object := range unpack(t, archive) {
			out, err := exec.Command("go", "tool", "objdump", object).Output()
			if err != nil {
				t.Fatalf("objdump %s: %v\n%s", object, err, stderr(err))
			}
			all = append(all, parse(filepath.Base(object), string(out))...)
		}
	}
	return all
}

// goList runs go list for the kernel.
func goList(t *testing.T, args []string) string {
	t.Helper()
	list := exec.Command("go", append([]string{"list"}, args...)...)
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", list, err, stderr(err))
	}
	return string(out)
}

// registerPackages returns the packages that can touch a device register: this
// one, the one below it, and the drivers that import either.
func registerPackages(t *testing.T) []string {
	packages := []string{"atoll/arch/mmio", "atoll/drivers/reg"}
	for l := range strings.Lines(goList(t, []string{"-f", "{{.ImportPath}} {{.Imports}}", "atoll/drivers/..."})) {
		path, imports, _ := strings.Cut(l, " ")
		names := strings.Fields(strings.Trim(imports, "[]\n"))
		if slices.Contains(names, "atoll/drivers/reg") || slices.Contains(names, "atoll/arch/mmio") {
			packages = append(packages, path)
		}
	}
	return packages
}

// unpack extracts the object files of an archive, as objdump shows only one of
// two functions of the same name: the assembly or the wrapper around it.
func unpack(t *testing.T, archive string) []string {
	t.Helper()
	dir := t.TempDir()
	x := exec.Command("go", "tool", "pack", "x", archive)
	x.Dir = dir
	if out, err := x.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", x, err, out)
	}
	objects, err := filepath.Glob(filepath.Join(dir, "*.o"))
	if err != nil || len(objects) == 0 {
		t.Fatalf("%s holds %d object files, %v", archive, len(objects), err)
	}
	return objects
}

func stderr(err error) []byte {
	if e, ok := err.(*exec.ExitError); ok {
		return e.Stderr
	}
	return nil
}

// line matches file:line, address, code and mnemonics.
var line = regexp.MustCompile(`^\s+\S+:\d+\s+0x[0-9a-f]+\s+([0-9a-f]{4}|[0-9a-f]{8})\s+(.*\S)`)

func parse(object, dump string) []instruction {
	var all []instruction
	function := ""
	for l := range strings.Lines(dump) {
		if name, ok := strings.CutPrefix(l, "TEXT "); ok {
			function, _, _ = strings.Cut(name, "(SB)")
		} else if m := line.FindStringSubmatch(l); m != nil {
			all = append(all, instruction{object, function, m[1], m[2]})
		}
	}
	return all
}

// amoOpcode is the major opcode of LR, SC and all AMOs (Unprivileged ISA,
// chapter "A" extension). There are no compressed ones.
const amoOpcode = 0x2f

// forbidden reports whether the instruction must not touch a device register:
// an LR, SC or AMO, or a call of a package that is made of them.
func forbidden(i instruction) bool {
	if strings.Contains(i.text, ":sync/atomic.") || strings.Contains(i.text, ":internal/runtime/atomic.") {
		return true
	}
	code, err := strconv.ParseUint(i.code, 16, 32)
	return err == nil && len(i.code) == 8 && code&0x7f == amoOpcode
}

func functions(all []instruction, keep func(instruction) bool) []string {
	var names []string
	for _, i := range all {
		if keep(i) && !slices.Contains(names, i.function) {
			names = append(names, i.function)
		}
	}
	return names
}

func TestDriversHaveNoLRSCOrAMO(t *testing.T) {
	all := disassemble(t, registerPackages(t)...)
	every := functions(all, func(instruction) bool { return true })
	for _, want := range []string{
		"atoll/arch/mmio.Load32", "atoll/drivers/reg.At",
		"atoll/drivers/uart.(*ns16550).Fill", "atoll/drivers/plic.(*Context).Claim",
	} {
		if !slices.Contains(every, want) {
			t.Fatalf("the disassembly lacks %s (it has %d functions)", want, len(every))
		}
	}
	for _, i := range all {
		if forbidden(i) {
			t.Errorf("%s: %s %s (keep locks in a package that touches no register)", i.function, i.code, i.text)
		}
	}
}

// The scan finds what it looks for.
func TestScanFindsAtomics(t *testing.T) {
	found := functions(disassemble(t, "./testdata/amo"), forbidden)
	want := []string{"atoll/drivers/reg/testdata/amo.Load", "atoll/drivers/reg/testdata/amo.Store"}
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// Each access stands between the fences that package mmio promises, once, with
// its own width.
func TestMMIOAccesses(t *testing.T) {
	const before, after, store = "0480000f", "08f0000f", "0f40000f"
	mnemonic := map[string]string{
		"Load8": "MOVBU", "Load16": "MOVHU", "Load32": "MOVWU", "Load64": "MOV",
		"Store8": "MOVB", "Store16": "MOVH", "Store32": "MOVW", "Store64": "MOV",
	}
	code := map[string][]instruction{}
	for _, i := range disassemble(t, "atoll/arch/mmio") {
		if i.object != "mmio_riscv64.o" {
			continue
		}
		name := strings.TrimPrefix(i.function, "atoll/arch/mmio.")
		code[name] = append(code[name], i)
	}
	for name, want := range mnemonic {
		fences, accesses := []string{before, after}, []string{}
		if strings.HasPrefix(name, "Store") {
			fences = []string{store}
		}
		var got []string
		for n, i := range code[name] {
			if strings.HasSuffix(i.code, "0000f") {
				got = append(got, i.code)
			}
			if i.code == fences[0] && n+1 < len(code[name]) {
				accesses = append(accesses, strings.Fields(code[name][n+1].text)[0])
			}
			if i.code == after && (n < 2 || code[name][n-2].code != before) {
				t.Errorf("%s: more than one instruction between the fences", name)
			}
		}
		if !slices.Equal(got, fences) || !slices.Equal(accesses, []string{want}) {
			t.Errorf("%s: fences %v around %v, want %v around %s", name, got, accesses, fences, want)
		}
	}
}
