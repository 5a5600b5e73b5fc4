from bench import pages

pages.main()
