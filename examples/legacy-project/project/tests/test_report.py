"""The project's own tests; they know nothing of the migration."""

import os
import unittest
from unittest import mock

from mdm.config import config_manager

from report import Report, storage


class ReportTest(unittest.TestCase):
    def setUp(self):
        config_manager.reload()

    def test_storage(self):
        self.assertEqual(storage(), ("sqlite", "WAL"))

    def test_lines(self):
        self.assertEqual(Report().lines(), ["Weekly numbers: 20000 rows with 6 workers", "log: DEBUG, 50 MiB"])

    def test_fewer_rows(self):
        with mock.patch.dict(os.environ, {"MDM_BATCH_SIZE": "500"}):
            config_manager.reload()
            self.assertIn("500 rows", Report().lines()[0])
