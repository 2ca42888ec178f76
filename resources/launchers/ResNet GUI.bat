@echo off
rem For a double click in Windows; needs Python 3.11, 3.12 or 3.13 from python.org.
cd /d "%~dp0"
py -3 prepare.py
if errorlevel 1 (pause & exit /b 1)
start "" "..\..\.venv\Scripts\pythonw.exe" start.py
