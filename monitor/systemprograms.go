package monitor

import (
	"bytes"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// Run has a core run a program.
func (s *System) Run(core int, p console.Program) (console.ProgramEnd, error) {
	r, err := s.m.run(s.ctx, core, 0, p)
	s.drain() // what it wrote comes before what the command says
	return console.ProgramEnd{PID: r.PID, Status: int(r.Status & 0xff), Off: console.Off(r.Off)}, err
}

// Kill has a core end a program.
func (s *System) Kill(core int, pid uint64) error {
	_, err := ask(s.ctx, s.m, core, askKill, askTime, killQuestion{pid})
	return err
}

// Processes asks a core for the programs that it runs.
func (s *System) Processes(core int) ([]console.Process, console.ProgramMemory, error) {
	memory, records, err := askStream(s.ctx, s.m, core, askPrograms, askTime, message.None{})
	var list []console.Process
	for _, r := range records {
		list = append(list, console.Process{
			PID: r.PID, Threads: r.Threads, Name: nameOf(&r.Name), Used: r.Used, Pages: r.Pages, Most: r.Most,
		})
	}
	return list, console.ProgramMemory(memory), err
}

// Files asks a core for the programs there are.
func (s *System) Files(core int) ([]console.ProgramFile, error) {
	_, records, err := askStream(s.ctx, s.m, core, askProgramSet, askTime, message.None{})
	var list []console.ProgramFile
	for _, r := range records {
		list = append(list, console.ProgramFile{Name: nameOf(&r.Name), Size: r.Size})
	}
	return list, err
}

// nameOf is the name in a record of another core, which is input.
func nameOf(b *[40]uint8) string {
	text, _, _ := bytes.Cut(b[:], []byte{0})
	return string(printable(text))
}
