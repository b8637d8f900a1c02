package dts

import "strings"

// ISA is what a hart can execute.
type ISA struct {
	XLen int // 32, 64 or 128; 0 if unknown
	ext  map[string]bool
}

// Has reports whether the hart has an extension, such as "m" or "sstc".
func (i ISA) Has(name string) bool { return i.ext[name] }

// isa reads riscv,isa-base with riscv,isa-extensions, the newer binding, or
// riscv,isa; a tree may carry either or both.
func (n *Node) isa() ISA {
	if n.Has("riscv,isa-extensions") {
		isa := parseISA(n.Text("riscv,isa-base"))
		for _, e := range n.Strings("riscv,isa-extensions") {
			isa.add(strings.ToLower(e))
		}
		return isa
	}
	return parseISA(n.Text("riscv,isa"))
}

// parseISA reads an ISA string (Unprivileged ISA manual, "ISA Extension Naming
// Conventions"): rv64imafdc_zicsr_sstc, in any case; single letters up to the
// first of z, s or x, then names between underscores.
func parseISA(s string) ISA {
	isa := ISA{ext: map[string]bool{}}
	s = strings.ToLower(s)
	for _, x := range []struct {
		prefix string
		xlen   int
	}{{"rv32", 32}, {"rv64", 64}, {"rv128", 128}} {
		if rest, ok := strings.CutPrefix(s, x.prefix); ok {
			isa.XLen, s = x.xlen, rest
			break
		}
	}
	if isa.XLen == 0 {
		return isa
	}
	// Older emulators appended the letters s and u for the modes.
	s = strings.TrimSuffix(s, "su")
	for part := range strings.SplitSeq(s, "_") {
		isa.part(part)
	}
	return isa
}

// part reads what stands between two underscores: single letters, each perhaps
// with a version such as 2p0, and behind them at most one longer name.
func (i *ISA) part(s string) {
	for s != "" {
		if strings.ContainsRune("zsx", rune(s[0])) {
			i.add(s)
			return
		}
		if 'a' <= s[0] && s[0] <= 'z' {
			i.add(s[:1])
		}
		s = skipVersion(s[1:])
	}
}

// skipVersion drops a version number: digits, and "p" with digits behind it.
func skipVersion(s string) string {
	rest := strings.TrimLeft(s, "0123456789")
	if rest == s || rest == "" || rest[0] != 'p' {
		return rest
	}
	minor := strings.TrimLeft(rest[1:], "0123456789")
	if minor == rest[1:] {
		return rest // the extension P, not a version
	}
	return minor
}

// add takes in an extension; g stands for imafd with zicsr and zifencei.
func (i *ISA) add(name string) {
	i.ext[name] = true
	if name == "g" {
		for _, e := range []string{"i", "m", "a", "f", "d", "zicsr", "zifencei"} {
			i.ext[e] = true
		}
	}
}
