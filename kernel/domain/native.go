package domain

// native is a dispatcher that lies in the RAM which a domain has made it from. No
// pointer in it leads to the Go heap.
type native struct {
	Caller
}
