package boards

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// ErrMissing is wrapped by Compile's error if there is no dtc.
var ErrMissing = errors.New("not installed")

//go:embed *.dts
var sources embed.FS

// Names returns the names of all trees, sorted.
func Names() []string {
	list, err := sources.ReadDir(".")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range list {
		names = append(names, strings.TrimSuffix(e.Name(), ".dts"))
	}
	slices.Sort(names)
	return names
}

// Compile returns the flattened tree with this name. Further source text may add to it
// or change it. What dtc has to say, be it a warning, is an error.
func Compile(name string, more ...string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no device tree %q; there are %s", name, strings.Join(Names(), ", "))
	}
	dtc, err := exec.LookPath("dtc")
	if err != nil {
		return nil, fmt.Errorf("dtc is %w (Debian: device-tree-compiler)", ErrMissing)
	}
	// A source may include another, which dtc looks for in a folder.
	dir, err := os.MkdirTemp("", "dts")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	var blob, said bytes.Buffer
	cmd := exec.Command(dtc, "-I", "dts", "-O", "dtb", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("/dts-v1/;\n/include/ \"%s.dts\"\n%s", name, strings.Join(more, "\n")))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &blob, &said
	if err := cmd.Run(); err != nil || said.Len() > 0 {
		return nil, fmt.Errorf("dtc %s.dts: %v\n%s", name, err, said.String())
	}
	return blob.Bytes(), nil
}
