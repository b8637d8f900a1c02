// Sqlite-demo makes a database in a file, fills it, asks it and takes it away:
//
//	sqlite-demo [FILE]
//
// SQLite is that of modernc.org/sqlite, C that was translated to Go: a program nobody wrote for
// this system, with locks, positioned reads and writes, and syncs of files. It is a module of its
// own, for nobody else needs what it needs.
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "modernc.org/sqlite"
)

// rows is how many rows the table gets, in two transactions, of which the second is not kept.
const rows = 1000

func main() {
	path := "/tmp/demo.db"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	err := demo(path)
	for _, end := range []string{"", "-journal"} {
		os.Remove(path + end)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqlite-demo:", err)
		os.Exit(1)
	}
}

func demo(path string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	var version string
	if err := db.QueryRow("select sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if _, err := db.Exec("create table squares (n integer primary key, square integer)"); err != nil {
		return err
	}
	if err := fill(db, 1, (*sql.Tx).Commit); err != nil {
		return err
	}
	if err := fill(db, 1+rows, (*sql.Tx).Rollback); err != nil {
		return err
	}
	return ask(db, path, version)
}

// fill inserts rows from a number on, in a transaction that end ends.
func fill(db *sql.DB, from int, end func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for n := from; n < from+rows; n++ {
		if _, err := tx.Exec("insert into squares values (?, ?)", n, n*n); err != nil {
			return err
		}
	}
	return end(tx)
}

// ask looks whether the rows are there, in the file too.
func ask(db *sql.DB, path, version string) error {
	var count, sum int
	if err := db.QueryRow("select count(*), sum(square) from squares where n % 2 = 0").Scan(&count, &sum); err != nil {
		return err
	}
	if want := rows / 2 * (rows + 1) * (rows + 2) / 3; count != rows/2 || sum != want {
		return fmt.Errorf("%d even numbers, whose squares are %d together: want %d and %d", count, sum, rows/2, want)
	}
	var whole string
	if err := db.QueryRow("pragma integrity_check").Scan(&whole); err != nil || whole != "ok" {
		return fmt.Errorf("the database is not whole: %s, %v", whole, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Printf("sqlite-demo: SQLite %s, %d rows in %d bytes, the squares of %d even numbers are %d\n", version, rows, info.Size(), count, sum)
	return nil
}
