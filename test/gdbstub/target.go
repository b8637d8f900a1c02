package gdbstub

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep documents include each other.
const maxDepth = 4

// readTarget reads the target description (GDB manual, appendix "Target
// Descriptions") from target.xml on and returns the registers' numbers by name.
func readTarget(document func(name string) (string, error)) (map[string]int, error) {
	t := target{document: document, registers: map[string]int{}}
	if err := t.read("target.xml", 0); err != nil {
		return nil, err
	}
	if len(t.registers) == 0 {
		return nil, errors.New("the target description names no registers")
	}
	return t.registers, nil
}

// target is the description as far as it is read.
type target struct {
	document  func(name string) (string, error)
	registers map[string]int
	next      int // number of a register that states none
}

// read reads one document and what it includes, in order.
func (t *target) read(name string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s is included too deeply", name)
	}
	text, err := t.document(name)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "include":
			err = t.read(attr(e, "href"), depth+1)
		case "reg":
			err = t.register(e)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// register takes a reg element. Its number is stated, or one more than the last.
func (t *target) register(e xml.StartElement) error {
	if s := attr(e, "regnum"); s != "" {
		if _, err := fmt.Sscanf(s, "%d", &t.next); err != nil || t.next < 0 {
			return fmt.Errorf("register %s has the number %q", attr(e, "name"), s)
		}
	}
	t.registers[attr(e, "name")] = t.next
	t.next++
	return nil
}

// attr returns an attribute's value, or nothing.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
