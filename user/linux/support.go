package linux

// Support says how much of a call is served.
type Support struct {
	Number  int
	Name    string
	Level   string // full, partial, or none
	Missing string // what is not served, or why none of it is
}

// Supported lists the calls of the table, by their numbers.
func Supported() (list []Support) {
	for n, c := range calls {
		s := Support{Number: n, Name: c.name, Level: "full", Missing: c.missing}
		switch {
		case c.name == "":
			continue
		case c.handle == nil:
			s.Level = "none"
		case c.missing != "":
			s.Level = "partial"
		}
		list = append(list, s)
	}
	return list
}
