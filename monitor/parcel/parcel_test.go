package parcel

import "testing"

// Who asks for room is told when what waits has been taken, or nothing is sent any more, and at once if there is room.
// Sabotages: in Add, count nothing; in empty, keep who waits; in Close, tell nobody.
func TestRoom(t *testing.T) {
	q, told := NewQueue(), 0
	fill := func() {
		for range MostQueued / MostData {
			q.Add(Parcel{Data: make([]byte, MostData)})
		}
	}
	ask := func() bool { return q.Room(func() { told++ }) }
	if !ask() {
		t.Error("an empty queue has no room")
	}
	if fill(); ask() || told != 0 {
		t.Error("a full one has room")
	}
	if list, open := q.take(); told != 1 || !open || len(list) != MostQueued/MostData || !ask() {
		t.Errorf("when %d have been taken %d are told", len(list), told)
	}
	if fill(); ask() {
		t.Error("a full one has room again")
	}
	if q.Close(); told != 2 || !ask() {
		t.Errorf("when it is closed %d are told", told)
	}
}
