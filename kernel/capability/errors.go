package capability

// Error says why an operation was refused. It is what the user gets, so it is a number.
type Error uint8

// Errors.
const (
	OK           Error = iota
	ErrNoSuchCap       // the address names no slot, or an empty one
	ErrNotEmpty        // the destination is in use
	ErrWrongType       // the operation is not one of this type
	ErrRights          // the capability does not permit it
	ErrSize            // an object of this type cannot be so large
	ErrRange           // the range does not lie in the capability, or is not aligned
	ErrInUse           // something has been made from that range
	ErrTooMany         // more than one call may make
	ErrMapped          // the capability is mapped already, or the entry is in use
	ErrNotMapped       // the capability is not mapped
	ErrRevoked         // it is being revoked, on several cores
	numErrors
)

var sentences = [numErrors]string{
	OK:           "no error",
	ErrNoSuchCap: "there is no capability at that address",
	ErrNotEmpty:  "the destination slot is not empty",
	ErrWrongType: "the capability is not of a type that can do this",
	ErrRights:    "the capability lacks the right to do this",
	ErrSize:      "an object of that type cannot have that size",
	ErrRange:     "the range is not aligned, or not within the capability",
	ErrInUse:     "something has been made from that range already",
	ErrTooMany:   "that is more than one call may do",
	ErrMapped:    "it is mapped already, or something is mapped there",
	ErrNotMapped: "it is not mapped",
	ErrRevoked:   "it is being revoked",
}

// Error returns a sentence.
func (e Error) Error() string {
	if e < numErrors {
		return sentences[e]
	}
	return "unknown error"
}
