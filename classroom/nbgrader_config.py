"""Where assignments are handed out and in: a folder to which all learners may write."""

c = get_config()  # noqa: F821  # nbgrader defines it

c.Exchange.root = "/srv/exchange"
c.CourseDirectory.course_id = "gan"
